import type { Execution } from '@/api/executions';
import { t } from '@/i18n';
import { formatDateTime, formatMoney, formatNumber } from '@/i18n/format';
import { columnsOf } from '@/parts/data-table';
import { Elapsed } from '@/parts/elapsed';
import { RelativeTime } from '@/parts/relative-time';
import { RunName } from '@/parts/run-name';
import { StatusBadge } from '@/parts/status-badge';
import { tokensIn } from './csv';

const helper = columnsOf<Execution>();

export const columnsFor = (project: string, me: string | undefined) =>
    helper.columns([
        helper.accessor('status', {
            header: t('runs.status'),
            cell: ({ row }) => <StatusBadge status={row.original.status} />,
        }),
        helper.display({
            id: 'flow',
            header: t('runs.flow'),
            cell: ({ row: { original } }) => (
                <RunName
                    project={project}
                    task={original.task_id}
                    execution={original.execution_id}
                    name={original.agentflow.name ?? ''}
                    goal={original.goal}
                    times={
                        <>
                            <RelativeTime when={original.created_at} /> ·{' '}
                            <Elapsed from={original.created_at} until={original.end_time} />
                        </>
                    }
                />
            ),
        }),
        helper.display({
            id: 'by',
            header: t('runs.startedBy'),
            cell: ({ row }) => {
                const { _id, name } = row.original.executed_by;
                return _id !== undefined && _id === me ? t('runs.you') : name || '–';
            },
        }),
        helper.accessor('created_at', {
            id: 'started',
            header: t('runs.started'),
            cell: ({ row }) => (
                <time dateTime={new Date(row.original.created_at * 1000).toISOString()}>
                    {formatDateTime(row.original.created_at)}
                </time>
            ),
        }),
        helper.display({
            id: 'duration',
            header: t('runs.duration'),
            cell: ({ row }) => <Elapsed from={row.original.created_at} until={row.original.end_time} />,
        }),
        helper.display({
            id: 'steps',
            header: t('history.steps'),
            cell: ({ row }) => formatNumber(row.original.agents_output.length),
        }),
        helper.display({
            id: 'tokens',
            header: t('runs.usage'),
            cell: ({ row }) => formatNumber(tokensIn(row.original)),
        }),
        helper.display({
            id: 'cost',
            header: t('runs.cost'),
            cell: ({ row }) => formatMoney(row.original.usage?.cost_usd ?? 0),
        }),
    ]);
