import type { InboxFilter, InboxType } from '@/api/inbox';
import { oneOf, textOf } from '@/app/search-params';

/** What the address says of the list. What is as usual is left out of it. */
export type InboxSearch = {
    tab?: 'mine' | 'done';
    type?: InboxType;
    assignee?: string;
    q?: string;
    group?: 'flow';
};

export const inbox_types: readonly InboxType[] = [
    'preview',
    'runtime_input',
    'anomaly_detection',
    'uncertain_effect',
    'budget',
];

export const inboxSearch = (search: Record<string, unknown>): InboxSearch => ({
    tab: oneOf(['mine', 'done'] as const, search.tab),
    type: oneOf(inbox_types, search.type),
    assignee: textOf(search.assignee),
    q: textOf(search.q),
    group: oneOf(['flow'] as const, search.group),
});

export const filterOf = ({ tab, type, assignee, q }: InboxSearch): InboxFilter => ({
    tab: tab ?? 'open',
    type,
    // "Mine" says whose they are already.
    assignee: tab === 'mine' ? undefined : assignee,
    search: q,
});
