import { ActionIcon, Anchor, Button, Modal, Text, Tooltip, VisuallyHidden } from '@mantine/core';
import { IconDatabase, IconPencil, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useMay } from '@/api/my-role';
import { type Table, tablesQuery } from '@/api/tables';
import { t } from '@/i18n';
import { columnsOf, DataTable } from '@/parts/data-table';
import { EmptyState } from '@/parts/empty-state';
import { Page } from '@/parts/page';
import { QueryView } from '@/parts/query-view';
import { RelativeTime } from '@/parts/relative-time';
import { TableSkeleton } from '@/parts/skeletons';
import { CreateTable } from './create-table';
import { RenameTable } from './rename-table';
import classes from './tables.module.css';

const helper = columnsOf<Table>();

/** The example to copy: a query, a list with its empty and failed faces, and two changes in dialogs. */
export default function Tables() {
    const { project } = useParams({ from: '/signed-in/p/$project/tables' });
    const tables = useQuery(tablesQuery(project));
    const [creating, setCreating] = useState(false);
    const [renamed, setRenamed] = useState<Table>();
    const may_edit = useMay(project, 'editor');
    const columns = useMemo(() => columnsFor(project, { may_edit, rename: setRenamed }), [project, may_edit]);
    const create = may_edit && (
        <Button leftSection={<IconPlus size={16} />} onClick={() => setCreating(true)}>
            {t('tables.create')}
        </Button>
    );
    return (
        <Page title={t('tables.title')} lead={t('tables.lead')} actions={tables.data?.length ? create : undefined}>
            <QueryView query={tables} skeleton={<TableSkeleton />}>
                {(rows) =>
                    rows.length === 0 ? (
                        <EmptyState
                            icon={IconDatabase}
                            title={t('tables.emptyTitle')}
                            text={t('tables.emptyText')}
                            action={create}
                        />
                    ) : (
                        <div className={classes.table}>
                            <DataTable
                                label={t('tables.title')}
                                rows={rows}
                                columns={columns}
                                row_id={({ _id }) => _id}
                            />
                        </div>
                    )
                }
            </QueryView>
            <Modal
                opened={creating}
                onClose={() => setCreating(false)}
                title={t('tables.create')}
                closeButtonProps={{ 'aria-label': t('parts.close') }}
            >
                <CreateTable project={project} on_done={() => setCreating(false)} />
            </Modal>
            <Modal
                opened={renamed !== undefined}
                onClose={() => setRenamed(undefined)}
                title={t('tables.rename')}
                closeButtonProps={{ 'aria-label': t('parts.close') }}
            >
                {renamed && <RenameTable project={project} table={renamed} on_done={() => setRenamed(undefined)} />}
            </Modal>
        </Page>
    );
}

type Deeds = { may_edit: boolean; rename: (table: Table) => void };

const columnsFor = (project: string, { may_edit, rename }: Deeds) =>
    helper.columns([
        helper.accessor('table_name', {
            header: t('tables.name'),
            cell: ({ row }) => (
                <Anchor
                    component={Link}
                    to={`/p/${project}/tables/${row.original._id}`}
                    c="var(--mantine-color-text)"
                    fw={500}
                >
                    {row.original.table_name}
                </Anchor>
            ),
        }),
        helper.accessor(({ columns }) => columns.length, {
            id: 'columns',
            header: t('tables.columns'),
            cell: ({ row }) => (
                <Text size="sm" c="dimmed" truncate className={classes.columns}>
                    {row.original.columns.map(({ column_name }) => column_name).join(', ') || '–'}
                </Text>
            ),
        }),
        helper.accessor((table) => table.updated_at ?? 0, {
            id: 'changed',
            header: t('tables.changed'),
            cell: ({ row }) => row.original.updated_at && <RelativeTime when={row.original.updated_at} />,
        }),
        helper.display({
            id: 'actions',
            header: () => <VisuallyHidden>{t('parts.actions')}</VisuallyHidden>,
            cell: ({ row }) => {
                const name = row.original.table_name;
                return (
                    may_edit && (
                        <Tooltip label={t('tables.rename')}>
                            <ActionIcon
                                size={26}
                                aria-label={t('tables.renameOf', { name })}
                                onClick={() => rename(row.original)}
                            >
                                <IconPencil size={16} stroke={1.75} />
                            </ActionIcon>
                        </Tooltip>
                    )
                );
            },
        }),
    ]);
