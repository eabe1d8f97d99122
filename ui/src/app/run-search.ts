// What the addresses of runs and history say behind the question mark. What is undefined is said too: what is left out
// would keep the value in the address.
import type { TaskStatus } from '@/api/tasks';

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

const oneOf = <T extends string>(values: readonly T[], value: unknown) => values.find((each) => each === value);
const textOf = (value: unknown) => (typeof value === 'string' && value ? value : undefined);
const numberOf = (value: unknown, min: number) => {
    const found = Number(value);
    return value !== undefined && Number.isInteger(found) && found >= min ? found : undefined;
};

export const runsSearch = (search: Search): RunsSearch => ({
    status: oneOf(run_statuses, search.status),
    page: numberOf(search.page, 2),
});
export const historySearch = (search: Search): HistorySearch => ({ ...runsSearch(search), flow: textOf(search.flow) });
export const runSearch = (search: Search): RunSearch => ({
    execution: textOf(search.execution),
    tab: oneOf(run_tabs, search.tab),
    step: numberOf(search.step, 1),
});
