import { queryOptions } from '@tanstack/react-query';
import { api, type Schemas } from './client';

export type InboxItem = Schemas['InboxItem'];

const poll_ms = 5000;

const keys = {
    of: (project: string) => ['inbox', project] as const,
    list: (project: string) => ['inbox', project, 'list'] as const,
    count: (project: string) => ['inbox', project, 'count'] as const,
    one: (project: string, id: string) => ['inbox', project, id] as const,
};

/** What waits for whoever asks: open, and his or nobody's. */
export const inboxQuery = (project: string) =>
    queryOptions({
        queryKey: keys.list(project),
        queryFn: ({ signal }) => api.get('/inbox', { query: { projectID: project, view: 'ui', limit: 100 }, signal }),
        refetchInterval: poll_ms,
    });

export const inboxCountQuery = (project: string) =>
    queryOptions({
        queryKey: keys.count(project),
        queryFn: async ({ signal }) =>
            (await api.get('/inbox', { query: { projectID: project, view: 'ui', limit: 1 }, signal })).total_count,
        refetchInterval: poll_ms,
    });

export const inboxItemQuery = (project: string, id: string) =>
    queryOptions({
        queryKey: keys.one(project, id),
        queryFn: ({ signal }) => api.get('/inbox/{id}', { path: { id }, signal }),
    });
