import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, type Schemas } from './client';
import { recordsKey } from './records';
import { tablesKey } from './tables';

export type ColumnDraft = Schemas['ColumnInput'];

/** What a column is shows in its table and in every record. */
function useColumnChange<T, R>(project: string, table: string, mutationFn: (given: T) => Promise<R>) {
    const client = useQueryClient();
    return useMutation({
        meta: { shows_errors: true },
        mutationFn,
        onSuccess: () =>
            Promise.all([
                client.invalidateQueries({ queryKey: tablesKey(project) }),
                client.invalidateQueries({ queryKey: recordsKey(project, table) }),
            ]),
    });
}

export const addColumns = (project: string, table: string, columns: ColumnDraft[]) =>
    api.post('/column/storage/{P}/{T}', { path: { P: project, T: table }, body: columns });

export function useAddColumn(project: string, table: string) {
    return useColumnChange(project, table, (draft: ColumnDraft) => addColumns(project, table, [draft]));
}

export function useChangeColumn(project: string, table: string) {
    return useColumnChange(project, table, (body: ColumnDraft & { column_id: string }) =>
        api.patch('/edit/columns/{id}', { path: { id: table }, query: { projectID: project }, body }),
    );
}

export function useDeleteColumn(project: string, table: string) {
    return useColumnChange(project, table, (column_id: string) =>
        api.delete('/delete/column/{P}', { path: { P: project }, body: { table_id: table, column_id } }),
    );
}

/** Which column each header of a file is meant for, by likeness of names. */
export async function mapHeaders(columns: Schemas['Column'][], csv_headers: string[]) {
    const column_names = columns.map(({ column_name, column_id }) => ({ column_name, column_id }));
    return (await api.post('/table/column_mapper', { body: { column_names, csv_headers } })).mapping;
}
