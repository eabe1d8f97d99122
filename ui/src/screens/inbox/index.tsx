import { Anchor } from '@mantine/core';
import { IconInbox } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { type InboxItem, inboxQuery } from '@/api/inbox';
import { t } from '@/i18n';
import { columnsOf, DataTable } from '@/parts/data-table';
import { EmptyState } from '@/parts/empty-state';
import { Page } from '@/parts/page';
import { QueryView } from '@/parts/query-view';
import { RelativeTime } from '@/parts/relative-time';
import { TableSkeleton } from '@/parts/skeletons';
import { StatusBadge } from '@/parts/status-badge';

const helper = columnsOf<InboxItem>();

export default function Inbox() {
    const { project } = useParams({ from: '/signed-in/p/$project/inbox' });
    const items = useQuery(inboxQuery(project));
    const columns = useMemo(() => columnsFor(project), [project]);
    return (
        <Page title={t('inbox.title')}>
            <QueryView query={items} skeleton={<TableSkeleton />}>
                {({ inbox_requests: rows }) =>
                    rows.length === 0 ? (
                        <EmptyState icon={IconInbox} title={t('inbox.emptyTitle')} text={t('inbox.emptyText')} />
                    ) : (
                        <DataTable label={t('inbox.title')} rows={rows} columns={columns} row_id={({ _id }) => _id} />
                    )
                }
            </QueryView>
        </Page>
    );
}

const columnsFor = (project: string) =>
    helper.columns([
        helper.accessor('summary', {
            header: t('inbox.question'),
            cell: ({ row }) => (
                <Anchor
                    component={Link}
                    to={`/p/${project}/inbox/${row.original._id}`}
                    c="var(--mantine-color-text)"
                    fw={500}
                >
                    {row.original.summary}
                </Anchor>
            ),
        }),
        helper.accessor('coworker_name', { header: t('inbox.from') }),
        helper.accessor('status', {
            header: t('inbox.status'),
            cell: ({ row }) => <StatusBadge status={row.original.status} />,
        }),
        helper.accessor('created_at', {
            header: t('inbox.asked'),
            // The inbox counts in milliseconds.
            cell: ({ row }) => <RelativeTime when={row.original.created_at / 1000} />,
        }),
    ]);
