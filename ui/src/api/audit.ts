import { infiniteQueryOptions } from '@tanstack/react-query';
import { api, type Schemas } from './client';

export type AuditRow = Schemas['AuditRow'];
export type AuditFilter = {
    project?: string;
    who?: string;
    what?: string;
    object?: string;
    from?: string;
    to?: string;
};

const page_size = 50;

/** Who changed what, newest first. */
export const auditQuery = ({ project, ...filter }: AuditFilter) =>
    infiniteQueryOptions({
        queryKey: ['audit', { project, ...filter }],
        queryFn: ({ signal, pageParam }) =>
            api.get('/audit', {
                query: { ...filter, projectID: project, limit: page_size, after: pageParam },
                signal,
            }),
        initialPageParam: undefined as number | undefined,
        getNextPageParam: ({ audit }) => (audit.length === page_size ? audit.at(-1)?.seq : undefined),
    });
