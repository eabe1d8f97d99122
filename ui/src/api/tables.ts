import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, type Schemas } from './client';

export type Table = Schemas['Table'];

const keys = {
    of: (project: string) => ['tables', project] as const,
    one: (project: string, id: string) => ['tables', project, id] as const,
};

export const tablesKey = keys.of;

export const tablesQuery = (project: string) =>
    queryOptions({
        queryKey: keys.of(project),
        queryFn: ({ signal }) => api.get('/storage/{P}', { path: { P: project }, signal }),
    });

export const tableQuery = (project: string, id: string) =>
    queryOptions({
        queryKey: keys.one(project, id),
        queryFn: ({ signal }) => api.get('/table/view/{T}', { path: { T: id }, query: { projectID: project }, signal }),
    });

export type TableDraft = { table_name: string; columns: { column_name: string; column_type: string }[] };

export function useCreateTable(project: string) {
    const client = useQueryClient();
    return useMutation({
        meta: { shows_errors: true },
        mutationFn: (draft: TableDraft) => api.post('/create/table', { query: { projectID: project }, body: draft }),
        onSuccess: () => client.invalidateQueries({ queryKey: keys.of(project) }),
    });
}

export function useRenameTable(project: string) {
    const client = useQueryClient();
    return useMutation({
        meta: { shows_errors: true },
        mutationFn: (body: { table_id: string; table_name: string }) =>
            api.put('/table/rename/{P}', { path: { P: project }, body }),
        onSuccess: () => client.invalidateQueries({ queryKey: keys.of(project) }),
    });
}
