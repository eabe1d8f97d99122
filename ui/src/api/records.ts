import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, type Schemas, urlOf } from './client';

export type TableRecord = Schemas['Record'];
export type Column = Schemas['Column'];
export type ColumnType = Column['column_type'];
export type Condition = { field: string; operator: string; value: unknown };

export type RecordsView = {
    page: number;
    size: number;
    sort_key?: string;
    descending?: boolean;
    query?: string;
    filters?: Condition[];
};

const keys = {
    of: (project: string, table: string) => ['records', project, table] as const,
    page: (project: string, table: string, view: RecordsView) => ['records', project, table, view] as const,
};

const poll_ms = 10_000;

export const recordsQuery = (project: string, table: string, view: RecordsView) =>
    queryOptions({
        queryKey: keys.page(project, table, view),
        queryFn: ({ signal }) =>
            api.get('/storage/{P}/{T}', {
                path: { P: project, T: table },
                query: {
                    page: view.page,
                    page_size: view.size,
                    sort: view.descending ? -1 : 1,
                    sort_key: view.sort_key,
                    query: view.query,
                    search_filters: view.filters?.length ? JSON.stringify(view.filters) : undefined,
                },
                signal,
            }),
        placeholderData: keepPreviousData,
        refetchInterval: poll_ms,
    });

export type RecordValues = Record<string, unknown>;
// The schema calls them objects without members: which they have is the table's matter.
type Untyped = Record<string, never>[];

/** `key`: sent again with the same one, nothing is done twice. */
const headersOf = (key?: string) => (key ? { 'idempotency-key': key } : undefined);

export const insertRecords = (project: string, table: string, records: RecordValues[], key?: string) =>
    api.post('/storage/{P}/{T}', {
        path: { P: project, T: table },
        body: records as Untyped,
        headers: headersOf(key),
    });

/** One that names its _id is changed, any other is new. */
export const upsertRecords = (project: string, table: string, records: RecordValues[], key?: string) =>
    api.post('/bulk/storage/{P}/{T}', {
        path: { P: project, T: table },
        body: { records: records as Untyped },
        headers: headersOf(key),
    });

export function useInsertRecord(project: string, table: string) {
    const client = useQueryClient();
    return useMutation({
        meta: { shows_errors: true },
        mutationFn: (values: RecordValues) => insertRecords(project, table, [values]),
        onSuccess: () => client.invalidateQueries({ queryKey: keys.of(project, table) }),
    });
}

export function useChangeRecord(project: string, table: string) {
    const client = useQueryClient();
    return useMutation({
        meta: { shows_errors: true },
        mutationFn: ({ id, values }: { id: string; values: RecordValues }) =>
            api.put('/storage/{P}/{T}/{R}', { path: { P: project, T: table, R: id }, body: values }),
        // At once into every page that shows it: a cell must not flash back to what it was.
        onSuccess: (now) =>
            client.setQueriesData<{ records: TableRecord[]; total_count: number }>(
                { queryKey: keys.of(project, table) },
                (old) => old && { ...old, records: old.records.map((each) => (each._id === now._id ? now : each)) },
            ),
    });
}

export function useDeleteRecords(project: string, table: string) {
    const client = useQueryClient();
    return useMutation({
        mutationFn: (storage_ids: string[]) =>
            api.delete('/storage/{P}/{T}', { path: { P: project, T: table }, body: { storage_ids } }),
        onSuccess: () => client.invalidateQueries({ queryKey: keys.of(project, table) }),
    });
}

export const recordsKey = keys.of;

export const exportUrl = (project: string, table: string, format: 'csv' | 'json') =>
    urlOf('/table_data/storage/{T}/export', { T: table }, { projectID: project, format });
