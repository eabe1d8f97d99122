// What the addresses of runs and history say behind the question mark. What is undefined is said too: what is left out
// would keep the value in the address.
import type { TaskStatus } from '@/api/tasks';
import { integerOf, oneOf, pageOf, textOf } from './search-params';

export const run_statuses = [
    'running',
    'input_required',
    'paused',
    'ready',
    'completed',
    'failed',
    'cancelled',
] as const;
export const run_tabs = ['steps', 'details', 'raw'] as const;

type Search = Record<string, unknown>;
export type RunsSearch = { status?: TaskStatus; page?: number };
export type HistorySearch = RunsSearch & { flow?: string };
export type RunSearch = { execution?: string; tab?: (typeof run_tabs)[number]; step?: number };

export const runsSearch = (search: Search): RunsSearch => ({
    status: oneOf(run_statuses, search.status),
    page: pageOf(search.page),
});
export const historySearch = (search: Search): HistorySearch => ({ ...runsSearch(search), flow: textOf(search.flow) });
export const runSearch = (search: Search): RunSearch => ({
    execution: textOf(search.execution),
    tab: oneOf(run_tabs, search.tab),
    step: integerOf(search.step, 1),
});
