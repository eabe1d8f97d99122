import { Anchor } from '@mantine/core';
import { IconListCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { type Task, tasksQuery } from '@/api/tasks';
import { t } from '@/i18n';
import { columnsOf, DataTable } from '@/parts/data-table';
import { EmptyState } from '@/parts/empty-state';
import { Page } from '@/parts/page';
import { QueryView } from '@/parts/query-view';
import { RelativeTime } from '@/parts/relative-time';
import { TableSkeleton } from '@/parts/skeletons';
import { StatusBadge } from '@/parts/status-badge';

const helper = columnsOf<Task>();

export default function Runs() {
    const { project } = useParams({ from: '/signed-in/p/$project/runs' });
    const tasks = useQuery(tasksQuery(project));
    const columns = useMemo(() => columnsFor(project), [project]);
    return (
        <Page title={t('runs.title')}>
            <QueryView query={tasks} skeleton={<TableSkeleton />}>
                {({ tasks: rows }) =>
                    rows.length === 0 ? (
                        <EmptyState icon={IconListCheck} title={t('runs.emptyTitle')} text={t('runs.emptyText')} />
                    ) : (
                        <DataTable label={t('runs.title')} rows={rows} columns={columns} row_id={({ _id }) => _id} />
                    )
                }
            </QueryView>
        </Page>
    );
}

const columnsFor = (project: string) =>
    helper.columns([
        helper.accessor('name', {
            header: t('runs.flow'),
            cell: ({ row }) => (
                <Anchor
                    component={Link}
                    to={`/p/${project}/runs/${row.original._id}`}
                    c="var(--mantine-color-text)"
                    fw={500}
                >
                    {row.original.name}
                </Anchor>
            ),
        }),
        helper.accessor('status', {
            header: t('runs.status'),
            cell: ({ row }) => <StatusBadge status={row.original.status} />,
        }),
        helper.accessor('created_at', {
            header: t('runs.started'),
            cell: ({ row }) => <RelativeTime when={row.original.created_at} />,
        }),
    ]);
