import { Checkbox } from '@mantine/core';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { Column, TableRecord } from '@/api/records';
import { t } from '@/i18n';
import { RelativeTime } from '@/parts/relative-time';
import { CellDialog } from './cell-dialog';
import { CellEditor } from './cell-editor';
import { cellText, needsDialog, type Spot } from './cells';
import { ColumnHead } from './column-head';
import classes from './grid.module.css';
import { moved } from './moves';
import type { useCells } from './use-cells';

type GridProps = {
    project: string;
    label: string;
    columns: Column[];
    records: TableRecord[];
    total: number;
    sort?: string;
    may: { operate: boolean; edit: boolean };
    cells: ReturnType<typeof useCells>;
    marked: ReadonlySet<string>;
    on_mark: (ids: ReadonlySet<string>) => void;
    head: Pick<Parameters<typeof ColumnHead>[0], 'on_sort' | 'on_filter' | 'on_edit' | 'on_delete'>;
};

type Editing = Spot & { typed?: string; dialog?: boolean };

/** Column 0 is the row's box; the others are the table's columns. */
export function Grid(props: GridProps) {
    const { project, label, columns, records, total, sort, may, cells, marked, on_mark, head } = props;
    const frame = useRef<HTMLTableElement>(null);
    const [spot, setSpot] = useState<Spot>({ row: 0, column: 1 });
    const [editing, setEditing] = useState<Editing>();
    const focusCell = ({ row, column }: Spot) =>
        frame.current?.querySelector<HTMLElement>(`[data-spot="${row} ${column}"]`)?.focus();

    const edit = (at: Spot, typed?: string) => {
        const column = columns[at.column - 1];
        const record = records[at.row];
        if (!column || !record || !may.operate) return;
        const value = cells.shown(record, column);
        if (column.column_type === 'Boolean' && typed === undefined) {
            void cells.save(record._id, column, value !== true);
            return;
        }
        setEditing({ ...at, typed, dialog: needsDialog(column, value) });
    };
    const end = (next: Spot) => {
        setEditing(undefined);
        setSpot(next);
        // The cell is there again after the next drawing.
        requestAnimationFrame(() => focusCell(next));
    };
    const endEdit = (key: string, at: Spot) => {
        if (key) end(moved({ key }, at, sizeOf(records, columns)) ?? at);
        else setEditing(undefined);
    };
    const mark = (id: string) => {
        const next = new Set(marked);
        if (!next.delete(id)) next.add(id);
        on_mark(next);
    };
    const onKeyDown = (event: KeyboardEvent<HTMLTableElement>) => {
        const at = spotOf(event.target);
        if (!at || editing) return;
        const next = moved(event, at, sizeOf(records, columns));
        if (next) {
            event.preventDefault();
            setSpot(next);
            focusCell(next);
            return;
        }
        if (event.ctrlKey || event.metaKey || event.altKey || at.column === 0) return;
        const is_typing = event.key.length === 1 && event.key !== ' ';
        const type = columns[at.column - 1]?.column_type;
        if (event.key === 'Enter' || event.key === 'F2' || (event.key === ' ' && type === 'Boolean')) {
            event.preventDefault();
            edit(at);
        } else if (is_typing && (type === 'String' || type === 'Number') && !isDialogSpot(at)) {
            event.preventDefault();
            edit(at, event.key);
        }
    };
    const isDialogSpot = ({ row, column }: Spot) => {
        const record = records[row];
        const of_column = columns[column - 1];
        return !record || !of_column || needsDialog(of_column, cells.shown(record, of_column));
    };
    // A page with fewer rows.
    useEffect(() => setSpot((old) => ({ ...old, row: Math.min(old.row, Math.max(0, records.length - 1)) })), [records]);

    const edited = editing && records[editing.row];
    const edited_column = editing && columns[editing.column - 1];
    const are_all_marked = records.length > 0 && records.every(({ _id }) => marked.has(_id));
    return (
        <>
            <table
                ref={frame}
                // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: in a grid one goes from cell to cell
                role="grid"
                className={classes.grid}
                aria-label={label}
                aria-rowcount={total}
                onKeyDown={onKeyDown}
            >
                <thead>
                    <tr>
                        <th className={classes.box} scope="col">
                            <Checkbox
                                size="xs"
                                aria-label={t('tables.markAll')}
                                disabled={!may.operate || records.length === 0}
                                checked={are_all_marked}
                                indeterminate={!are_all_marked && marked.size > 0}
                                onChange={() => on_mark(new Set(are_all_marked ? [] : records.map(({ _id }) => _id)))}
                            />
                        </th>
                        {columns.map((column) => (
                            <ColumnHead key={column.column_id} {...{ column, sort }} {...head} may_edit={may.edit} />
                        ))}
                        <ColumnHead column={changed_column()} sort={sort} {...head} may_edit={false} is_ours />
                    </tr>
                </thead>
                <tbody>
                    {records.map((record, row) => (
                        <tr key={record._id} data-marked={marked.has(record._id)}>
                            <td className={classes.box}>
                                <Checkbox
                                    size="xs"
                                    aria-label={t('tables.markRow', { row: row + 1 })}
                                    disabled={!may.operate}
                                    checked={marked.has(record._id)}
                                    onChange={() => mark(record._id)}
                                    tabIndex={spot.row === row && spot.column === 0 ? 0 : -1}
                                    data-spot={`${row} 0`}
                                    onFocus={() => setSpot({ row, column: 0 })}
                                />
                            </td>
                            {columns.map((column, index) => {
                                const at = { row, column: index + 1 };
                                const is_here = spot.row === at.row && spot.column === at.column;
                                const is_edited = editing?.row === row && editing.column === at.column;
                                const value = cells.shown(record, column);
                                return (
                                    <td
                                        key={column.column_id}
                                        className={classes.cell}
                                        data-type={column.column_type}
                                        data-pending={cells.isPending(record, column)}
                                        data-failed={cells.isFailed(record, column)}
                                        data-spot={`${row} ${at.column}`}
                                        tabIndex={is_here && !is_edited ? 0 : -1}
                                        onFocus={() => !is_here && setSpot(at)}
                                        onDoubleClick={() => edit(at)}
                                    >
                                        {is_edited && !editing.dialog ? (
                                            <CellEditor
                                                column={column}
                                                value={value}
                                                typed={editing.typed}
                                                on_save={(next) => void cells.save(record._id, column, next)}
                                                on_end={(key) => endEdit(key, at)}
                                            />
                                        ) : (
                                            cellText(column, value)
                                        )}
                                    </td>
                                );
                            })}
                            <td className={classes.changed}>
                                <RelativeTime when={record.updated_at} />
                            </td>
                        </tr>
                    ))}
                </tbody>
            </table>
            {editing?.dialog && edited && edited_column && (
                <CellDialog
                    project={project}
                    column={edited_column}
                    value={cells.shown(edited, edited_column)}
                    on_save={(value) => {
                        void cells.save(edited._id, edited_column, value);
                        end(editing);
                    }}
                    on_close={() => end(editing)}
                />
            )}
        </>
    );
}

const sizeOf = (records: TableRecord[], columns: Column[]) => ({
    rows: records.length,
    columns: columns.length + 1,
});

const changed_column = (): Column => ({
    column_id: 'updated_at',
    column_name: t('tables.changed'),
    column_type: 'Date',
});

function spotOf(target: EventTarget): Spot | undefined {
    const given = target instanceof HTMLElement ? target.dataset.spot : undefined;
    const [row, column] = given?.split(' ').map(Number) ?? [];
    return row === undefined || column === undefined ? undefined : { row, column };
}
