import { useState } from 'react';
import type { InboxItem } from '@/api/inbox';

export type Selection = {
    ids: ReadonlySet<string>;
    items: InboxItem[];
    toggle: (id: string, to_here: boolean) => void;
    clear: () => void;
};

/** Which items are marked. A range goes from the last one that was marked. */
export function useSelection(items: InboxItem[]): Selection {
    const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
    const [anchor, setAnchor] = useState('');

    const toggle = (id: string, to_here: boolean) => {
        const order = items.map(({ _id }) => _id);
        const [from, to] = [order.indexOf(anchor), order.indexOf(id)].sort((a, b) => a - b);
        const next = new Set(ids);
        if (to_here && from !== undefined && to !== undefined && from >= 0) {
            for (const each of order.slice(from, to + 1)) next.add(each);
        } else if (!next.delete(id)) next.add(id);
        setIds(next);
        setAnchor(id);
    };
    // Those that have left the list are answered: nothing can be done with them.
    const present = items.filter(({ _id }) => ids.has(_id));
    return {
        ids: new Set(present.map(({ _id }) => _id)),
        items: present,
        toggle,
        clear: () => setIds(new Set()),
    };
}
