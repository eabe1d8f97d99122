import { queryOptions } from '@tanstack/react-query';
import { api } from './client';

/** What a run was given as a file. */
export const runFileQuery = (project: string, id: string) =>
    queryOptions({
        queryKey: ['run-files', project, id] as const,
        queryFn: ({ signal }) => api.get('/file/{F}', { path: { F: id }, signal }),
        staleTime: Number.POSITIVE_INFINITY,
    });
