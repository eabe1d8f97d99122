// What somebody is typing, kept in the browser until the server has it: a lost connection or a closed tab costs nothing.
import { useState } from 'react';
import type { Values } from '@/api/inbox';

const prefix = 'weft-draft-';
const kept_ms_max = 30 * 86_400_000;

/** `base`: what the server had when the typing began. */
type Draft = { values: Values; base: string; at: number };

const keyOf = (user: string, item: string) => `${prefix}${user}-${item}`;

function readDraft(key: string): Draft | undefined {
    try {
        const found = JSON.parse(localStorage.getItem(key) ?? 'null') as Draft | null;
        return found?.values && typeof found.values === 'object' ? found : undefined;
    } catch {
        return undefined;
    }
}

function keep(key: string, draft: Draft) {
    try {
        localStorage.setItem(key, JSON.stringify(draft));
    } catch {
        // A full storage: what is typed lives as long as the page.
    }
}

function forgetOld() {
    for (const key of Object.keys(localStorage)) {
        if (key.startsWith(prefix) && (readDraft(key)?.at ?? 0) < Date.now() - kept_ms_max)
            localStorage.removeItem(key);
    }
}

export const hasDraft = (user: string, item: string) => readDraft(keyOf(user, item)) !== undefined;

/** Of a component with the item as its key. */
export function useDraft(user: string, item: string, server: Values) {
    const key = keyOf(user, item);
    const [draft, setDraft] = useState(() => {
        forgetOld();
        return readDraft(key);
    });
    const base = JSON.stringify(server);
    return {
        /** What was typed, or nothing. */
        typed: draft?.values,
        /** Somebody else has changed it meanwhile. */
        is_overtaken: draft !== undefined && draft.base !== base,
        set: (values: Values) => {
            const next = { values, base: draft?.base ?? base, at: Date.now() };
            setDraft(next);
            keep(key, next);
        },
        rebase: () => {
            if (!draft) return;
            setDraft({ ...draft, base });
            keep(key, { ...draft, base });
        },
        clear: () => {
            setDraft(undefined);
            localStorage.removeItem(key);
        },
    };
}
