import { queryOptions } from '@tanstack/react-query';
import { api, type Schemas } from './client';
import { pollMs } from './live';

export type WaitingItem = Schemas['InboxItem'];

const shown_max = 100;

/** What waits in a project for whoever asks, beside its runs. Under the inbox's keys: it changes with it. */
export const waitingQuery = (project: string) =>
    queryOptions({
        queryKey: ['inbox', project, 'waiting'] as const,
        queryFn: ({ signal }) =>
            api.get('/inbox', { query: { projectID: project, view: 'ui', limit: shown_max }, signal }),
        refetchInterval: pollMs(project),
    });
