import { useState } from 'react';
import { ApiError } from '@/api/client';
import { type Column, type TableRecord, useChangeRecord } from '@/api/records';
import { detailOf, whatToDo } from '@/parts/error-view';

export type Failed = { record: string; column: Column; value: unknown; message: string };

const messageOf = (error: unknown, column: string) => {
    const fault =
        error instanceof ApiError ? error.errors.find(({ field }) => field.split('.').includes(column)) : undefined;
    return fault?.message ?? `${detailOf(error)} ${whatToDo(error)}`;
};

/** Saves cells one by one. What is on its way is shown already; what could not be saved is kept, to be tried again. */
export function useCells(project: string, table: string) {
    const change = useChangeRecord(project, table);
    const [pending, setPending] = useState<Record<string, unknown>>({});
    const [failed, setFailed] = useState<Failed[]>([]);

    const without = (record: string, column: Column) => (each: Failed) =>
        each.record !== record || each.column.column_id !== column.column_id;

    const save = async (record: string, column: Column, value: unknown) => {
        const id = column.column_id;
        const key = `${record} ${id}`;
        setPending((old) => ({ ...old, [key]: value }));
        setFailed((old) => old.filter(without(record, column)));
        try {
            await change.mutateAsync({ id: record, values: { [id]: value } });
        } catch (error) {
            setFailed((old) => [...old, { record, column, value, message: messageOf(error, id) }]);
        }
        setPending(({ [key]: _saved, ...rest }) => rest);
    };
    const shown = (record: TableRecord, column: Column): unknown => {
        const key = `${record._id} ${column.column_id}`;
        return key in pending ? pending[key] : record[column.column_id];
    };
    return {
        save,
        shown,
        failed,
        isPending: (record: TableRecord, column: Column) => `${record._id} ${column.column_id}` in pending,
        isFailed: (record: TableRecord, column: Column) => !failed.every(without(record._id, column)),
        forget: (given: Failed) => setFailed((old) => old.filter((each) => each !== given)),
    };
}
