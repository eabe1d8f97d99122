import { Button, Select } from '@mantine/core';
import { IconDownload, IconHistory } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { type Execution, executionsQuery } from '@/api/executions';
import { flowsQuery } from '@/api/flows';
import { useProjectEvents } from '@/api/live';
import { useSession } from '@/api/session';
import type { HistorySearch } from '@/app/run-search';
import { t } from '@/i18n';
import { DataTable } from '@/parts/data-table';
import { download } from '@/parts/download';
import { EmptyState } from '@/parts/empty-state';
import { Page } from '@/parts/page';
import { Pager } from '@/parts/pager';
import { QueryView } from '@/parts/query-view';
import run_table from '@/parts/run-table.module.css';
import { TableSkeleton } from '@/parts/skeletons';
import { StatusFilter } from '@/parts/status-filter';
import { columnsFor } from './columns';
import { csvOf } from './csv';
import classes from './history.module.css';

const page_size = 25;
const any_flow = '';

/** All executions, as they were. */
export default function History() {
    const { project } = useParams({ from: '/signed-in/p/$project/history' });
    const search = useSearch({ from: '/signed-in/p/$project/history' });
    const navigate = useNavigate({ from: '/p/$project/history' });
    const { status, flow, page = 1 } = search;
    useProjectEvents(project);
    const executions = useQuery(
        executionsQuery(project, { status, flow, limit: page_size, skip: (page - 1) * page_size }),
    );
    const rows = executions.data?.data;
    const me = useSession()?.user?._id;
    const columns = useMemo(() => columnsFor(project, me), [project, me]);
    // Whoever asks for something else begins at its first page.
    const go = (change: HistorySearch) => void navigate({ search: { ...search, page: undefined, ...change } });
    const save = (
        <Button
            variant="default"
            leftSection={<IconDownload size={16} stroke={1.75} />}
            onClick={() => rows && download('history.csv', 'text/csv;charset=utf-8', csvOf(rows))}
        >
            {t('history.export')}
        </Button>
    );
    return (
        <Page title={t('history.title')} lead={t('history.lead')} actions={rows?.length ? save : undefined}>
            <div className={classes.filters}>
                <StatusFilter value={status} on_change={(next) => go({ status: next })} />
                <FlowFilter project={project} flow={flow} on_change={(next) => go({ flow: next })} />
            </div>
            <QueryView query={executions} skeleton={<TableSkeleton rows={10} />}>
                {({ data, total_count }) => (
                    <>
                        {data.length === 0 ? (
                            <NoHistory
                                project={project}
                                is_filtered={Boolean(status || flow || page > 1)}
                                on_all={() => go({ status: undefined, flow: undefined })}
                            />
                        ) : (
                            <div className={run_table.table}>
                                <DataTable
                                    label={t('history.title')}
                                    rows={data}
                                    columns={columns}
                                    row_id={({ _id }: Execution) => _id}
                                    is_page
                                />
                            </div>
                        )}
                        <Pager
                            page={page}
                            size={page_size}
                            total={total_count}
                            on_page={(next) => go({ page: next > 1 ? next : undefined })}
                        />
                    </>
                )}
            </QueryView>
        </Page>
    );
}

type FlowFilterProps = { project: string; flow: string | undefined; on_change: (flow: string | undefined) => void };

function FlowFilter({ project, flow, on_change }: FlowFilterProps) {
    const flows = useQuery(flowsQuery(project)).data?.agentflows ?? [];
    const data = [{ value: any_flow, label: t('history.anyFlow') }].concat(
        flows.map(({ _id, name }) => ({ value: _id, label: name })),
    );
    return (
        <Select
            className={classes.flow}
            aria-label={t('history.filterByFlow')}
            data={data}
            value={flow ?? any_flow}
            searchable={flows.length > 8}
            onChange={(next) => on_change(next || undefined)}
        />
    );
}

type NoHistoryProps = { project: string; is_filtered: boolean; on_all: () => void };

function NoHistory({ project, is_filtered, on_all }: NoHistoryProps) {
    if (is_filtered) {
        return (
            <EmptyState
                icon={IconHistory}
                title={t('history.noneTitle')}
                text={t('history.noneText')}
                action={
                    <Button variant="default" onClick={on_all}>
                        {t('history.showAll')}
                    </Button>
                }
            />
        );
    }
    return (
        <EmptyState
            icon={IconHistory}
            title={t('history.emptyTitle')}
            text={t('history.emptyText')}
            action={
                <Button component={Link} to={`/p/${project}/flows`} variant="default">
                    {t('runs.toFlows')}
                </Button>
            }
        />
    );
}
