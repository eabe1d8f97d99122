import { Anchor } from '@mantine/core';
import { IconRoute } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { type Flow, flowsQuery } from '@/api/flows';
import { t } from '@/i18n';
import { formatNumber } from '@/i18n/format';
import { columnsOf, DataTable } from '@/parts/data-table';
import { EmptyState } from '@/parts/empty-state';
import { Page } from '@/parts/page';
import { QueryView } from '@/parts/query-view';
import { RelativeTime } from '@/parts/relative-time';
import { TableSkeleton } from '@/parts/skeletons';

const helper = columnsOf<Flow>();

export default function Flows() {
    const { project } = useParams({ from: '/signed-in/p/$project/flows' });
    const flows = useQuery(flowsQuery(project));
    const columns = useMemo(() => columnsFor(project), [project]);
    return (
        <Page title={t('flows.title')} lead={t('flows.lead')}>
            <QueryView query={flows} skeleton={<TableSkeleton />}>
                {({ agentflows }) =>
                    agentflows.length === 0 ? (
                        <EmptyState icon={IconRoute} title={t('flows.emptyTitle')} text={t('flows.emptyText')} />
                    ) : (
                        <DataTable
                            label={t('flows.title')}
                            rows={agentflows}
                            columns={columns}
                            row_id={({ _id }) => _id}
                        />
                    )
                }
            </QueryView>
        </Page>
    );
}

const columnsFor = (project: string) =>
    helper.columns([
        helper.accessor('name', {
            header: t('flows.name'),
            cell: ({ row }) => (
                <Anchor
                    component={Link}
                    to={`/p/${project}/flows/${row.original._id}`}
                    c="var(--mantine-color-text)"
                    fw={500}
                >
                    {row.original.name}
                </Anchor>
            ),
        }),
        helper.accessor(({ agents }) => agents.length, {
            id: 'agents',
            header: t('flows.agents'),
            cell: ({ row }) => formatNumber(row.original.agents.length),
        }),
        helper.accessor('updated_at', {
            header: t('flows.changed'),
            cell: ({ row }) => <RelativeTime when={row.original.updated_at} />,
        }),
    ]);
