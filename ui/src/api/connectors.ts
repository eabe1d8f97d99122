import { queryOptions } from '@tanstack/react-query';
import { api } from './client';

const keys = { of: (project: string) => ['connectors', project] as const };

/** Grouped by category, each with its accounts. */
export const connectorsQuery = (project: string) =>
    queryOptions({
        queryKey: keys.of(project),
        queryFn: ({ signal }) => api.get('/connectors/{P}', { path: { P: project }, signal }),
    });
