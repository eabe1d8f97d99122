import { queryOptions } from '@tanstack/react-query';
import { api, type Schemas } from './client';

export type Flow = Schemas['Agentflow'];

const page_max = 200;

const keys = {
    of: (project: string) => ['flows', project] as const,
    one: (project: string, id: string) => ['flows', project, id] as const,
};

export const flowsQuery = (project: string) =>
    queryOptions({
        queryKey: keys.of(project),
        queryFn: ({ signal }) => api.get('/agentflows', { query: { projectID: project, limit: page_max }, signal }),
    });

export const flowQuery = (project: string, id: string) =>
    queryOptions({
        queryKey: keys.one(project, id),
        queryFn: ({ signal }) => api.get('/agentflow/{AF}', { path: { AF: id }, signal }),
    });
