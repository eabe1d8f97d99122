import { ActionIcon, Button, Group, Modal, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconColumns, IconRowInsertBottom, IconTrash, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useDeleteColumn } from '@/api/columns';
import { type Column, recordsQuery, useDeleteRecords } from '@/api/records';
import type { Table } from '@/api/tables';
import { t } from '@/i18n';
import { useConfirm } from '@/parts/confirm';
import { EmptyState } from '@/parts/empty-state';
import { QueryView } from '@/parts/query-view';
import { TableSkeleton } from '@/parts/skeletons';
import type { TableDialog } from './actions';
import { cellText } from './cells';
import { ColumnForm } from './column-form';
import { FilterForm } from './filter-form';
import { Grid } from './grid';
import classes from './grid.module.css';
import { GridPager } from './pager';
import { page_sizes, type TableSearch } from './search';
import { Toolbar } from './toolbar';
import { type Failed, useCells } from './use-cells';

type TableViewProps = {
    project: string;
    table: Table;
    search: TableSearch;
    may: { operate: boolean; edit: boolean };
    on_change: (change: Partial<TableSearch>) => void;
    on_open: (dialog: TableDialog) => void;
};

export function TableView({ project, table, search, may, on_change, on_open }: TableViewProps) {
    const { page = 1, size = page_sizes[0], sort, q, filters } = search;
    const rows = useQuery(
        recordsQuery(project, table._id, {
            page,
            size,
            sort_key: sort?.replace(/^-/, ''),
            descending: sort?.startsWith('-'),
            query: q,
            filters,
        }),
    );
    const cells = useCells(project, table._id);
    const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
    const [edited, setEdited] = useState<Column>();
    const [filtered, setFiltered] = useState<Column>();
    const deleteColumn = useAskedDeleteColumn(project, table);
    const { columns } = table;
    const first = columns[0];

    if (!first)
        return (
            <EmptyState
                icon={IconColumns}
                title={t('tables.noColumnsTitle')}
                text={t('tables.noColumnsText')}
                action={may.edit && <Button onClick={() => on_open('column')}>{t('tables.addColumn')}</Button>}
            />
        );
    return (
        <>
            <Toolbar {...{ columns, search, on_change }} on_add_filter={() => setFiltered(first)} />
            {cells.failed.map((failed) => (
                <NotSaved
                    key={`${failed.record} ${failed.column.column_id}`}
                    failed={failed}
                    on_retry={() => cells.save(failed.record, failed.column, failed.value)}
                    on_forget={() => cells.forget(failed)}
                />
            ))}
            <QueryView query={rows} skeleton={<TableSkeleton rows={14} />}>
                {({ records, total_count: total }) => {
                    // What is gone, or on another page, is not marked any more.
                    const present = new Set(records.filter(({ _id }) => marked.has(_id)).map(({ _id }) => _id));
                    return (
                        <>
                            <div className={classes.frame}>
                                <Grid
                                    {...{ project, columns, records, total, sort, may, cells }}
                                    label={table.table_name}
                                    marked={present}
                                    on_mark={setMarked}
                                    head={{
                                        on_sort: (next) => on_change({ sort: next }),
                                        on_filter: setFiltered,
                                        on_edit: setEdited,
                                        on_delete: deleteColumn,
                                    }}
                                />
                                {total === 0 && (
                                    <NoRows
                                        is_filtered={Boolean(q || filters)}
                                        on_add={may.operate ? () => on_open('row') : undefined}
                                        on_clear={() => on_change({ q: undefined, filters: undefined })}
                                    />
                                )}
                            </div>
                            {present.size > 0 ? (
                                <Marked
                                    {...{ project }}
                                    table={table._id}
                                    ids={[...present]}
                                    on_done={() => setMarked(new Set())}
                                />
                            ) : (
                                total > 0 && (
                                    <GridPager
                                        {...{ page, size, total }}
                                        on_page={(next) => on_change({ page: next > 1 ? next : undefined })}
                                        on_size={(next) =>
                                            on_change({ size: page_sizes.find((each) => each === next && each !== 50) })
                                        }
                                    />
                                )
                            )}
                        </>
                    );
                }}
            </QueryView>
            <Modal
                opened={edited !== undefined}
                onClose={() => setEdited(undefined)}
                title={t('tables.editColumn')}
                closeButtonProps={{ 'aria-label': t('parts.close') }}
            >
                {edited && (
                    <ColumnForm
                        project={project}
                        table={table._id}
                        column={edited}
                        on_done={() => setEdited(undefined)}
                    />
                )}
            </Modal>
            {filtered && (
                <FilterForm
                    {...{ project, columns }}
                    column={filtered}
                    on_close={() => setFiltered(undefined)}
                    on_add={(condition) => {
                        setFiltered(undefined);
                        on_change({ filters: [...(filters ?? []), condition] });
                    }}
                />
            )}
        </>
    );
}

function useAskedDeleteColumn(project: string, table: Table) {
    const confirm = useConfirm();
    const remove = useDeleteColumn(project, table._id);
    return async ({ column_id, column_name }: Column) => {
        const deed = t('tables.deleteColumn');
        const text = t('tables.deleteColumnText', { name: column_name });
        if (await confirm({ title: `${deed}?`, text, confirm: deed, tone: 'danger' })) remove.mutate(column_id);
    };
}

/** A cell that could not be saved: what was typed is not lost. */
function NotSaved(props: { failed: Failed; on_retry: () => void; on_forget: () => void }) {
    const { column, value, message } = props.failed;
    return (
        <div className={classes.failure} role="alert">
            <span>
                {t('tables.notSaved', { value: cellText(column, value) || '–', column: column.column_name, message })}
            </span>
            <Button size="compact-sm" variant="default" onClick={props.on_retry}>
                {t('parts.retry')}
            </Button>
            <Button size="compact-sm" variant="subtle" onClick={props.on_forget}>
                {t('tables.discard')}
            </Button>
        </div>
    );
}

function NoRows(props: { is_filtered: boolean; on_add?: () => void; on_clear: () => void }) {
    return (
        <div className={classes.none}>
            {props.is_filtered ? (
                <EmptyState
                    icon={IconRowInsertBottom}
                    title={t('tables.noMatchTitle')}
                    text={t('tables.noMatchText')}
                    action={
                        <Button variant="default" onClick={props.on_clear}>
                            {t('tables.clearFilters')}
                        </Button>
                    }
                />
            ) : (
                <EmptyState
                    icon={IconRowInsertBottom}
                    title={t('tables.noRowsTitle')}
                    text={t('tables.noRowsText')}
                    action={props.on_add && <Button onClick={props.on_add}>{t('tables.addRow')}</Button>}
                />
            )}
        </div>
    );
}

type MarkedProps = { project: string; table: string; ids: string[]; on_done: () => void };

function Marked({ project, table, ids, on_done }: MarkedProps) {
    const confirm = useConfirm();
    const remove = useDeleteRecords(project, table);
    const ask = async () => {
        const deed = t('tables.deleteRows', { count: ids.length });
        if (!(await confirm({ title: `${deed}?`, text: t('tables.deleteRowsText'), confirm: deed, tone: 'danger' })))
            return;
        remove.mutate(ids, {
            onSuccess: ({ deleted_count: count }) => {
                notifications.show({ withCloseButton: false, message: t('tables.rowsDeleted', { count }) });
                on_done();
            },
        });
    };
    return (
        <section className={classes.foot} aria-label={t('tables.marked')}>
            <Text size="sm" fw={500} aria-live="polite">
                {t('tables.markedCount', { count: ids.length })}
            </Text>
            <Group gap="xs">
                <Button
                    size="compact-sm"
                    variant="default"
                    c="var(--weft-bad)"
                    loading={remove.isPending}
                    leftSection={<IconTrash size={15} stroke={1.75} />}
                    onClick={ask}
                >
                    {t('tables.deleteRows', { count: ids.length })}
                </Button>
                <ActionIcon size={28} aria-label={t('tables.clearMarks')} onClick={on_done}>
                    <IconX size={16} stroke={1.75} />
                </ActionIcon>
            </Group>
        </section>
    );
}
