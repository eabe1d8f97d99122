import { Checkbox, VisuallyHidden } from '@mantine/core';
import { isFinal, type Verb } from '@/api/tasks';
import { t } from '@/i18n';
import { formatMoney, formatNumber } from '@/i18n/format';
import { columnsOf } from '@/parts/data-table';
import { Elapsed } from '@/parts/elapsed';
import { RelativeTime } from '@/parts/relative-time';
import { RunName } from '@/parts/run-name';
import { TaskControls } from '@/parts/task-controls';
import { TaskStatus } from '@/parts/task-status';
import type { RunRow } from './rows';

const helper = columnsOf<RunRow>();

type Deeds = {
    project: string;
    may_act: boolean;
    pending: ReadonlyMap<string, Verb>;
    chosen: ReadonlySet<string>;
    /** The ids of those that can be stopped. */
    alive: string[];
    on_choose: (chosen: ReadonlySet<string>) => void;
    on_verb: (id: string, verb: Verb) => void;
};

function Duration({ row }: { row: RunRow }) {
    if (row.end === undefined) return '–';
    return <Elapsed from={row.task.created_at} until={row.end} />;
}

const chooseColumn = ({ chosen, alive, on_choose }: Deeds) =>
    helper.display({
        id: 'choose',
        header: () => (
            <Checkbox
                size="xs"
                aria-label={t('runs.selectAll')}
                disabled={alive.length === 0}
                checked={alive.length > 0 && alive.every((id) => chosen.has(id))}
                onChange={(event) => on_choose(new Set(event.currentTarget.checked ? alive : []))}
            />
        ),
        cell: ({ row: { original } }) => {
            const { _id, name, status } = original.task;
            if (isFinal(status)) return null;
            return (
                <Checkbox
                    size="xs"
                    aria-label={t('runs.select', { name })}
                    checked={chosen.has(_id)}
                    onChange={(event) => {
                        const next = new Set(chosen);
                        if (event.currentTarget.checked) next.add(_id);
                        else next.delete(_id);
                        on_choose(next);
                    }}
                />
            );
        },
    });

const flowColumn = ({ project }: Deeds) =>
    helper.display({
        id: 'flow',
        header: t('runs.flow'),
        cell: ({ row: { original } }) => (
            <RunName
                project={project}
                task={original.task._id}
                name={original.task.name}
                goal={original.goal}
                times={
                    // Beside the buttons there is no room for both.
                    isFinal(original.task.status) ? (
                        <RelativeTime when={original.task.created_at} />
                    ) : (
                        <Duration row={original} />
                    )
                }
            />
        ),
    });

export const columnsFor = (deeds: Deeds) =>
    helper.columns([
        ...(deeds.may_act ? [chooseColumn(deeds)] : []),
        helper.display({
            id: 'status',
            header: t('runs.status'),
            cell: ({ row: { original } }) => (
                <TaskStatus status={original.task.status} pending={deeds.pending.get(original.task._id)} />
            ),
        }),
        flowColumn(deeds),
        helper.display({ id: 'by', header: t('runs.startedBy'), cell: ({ row }) => row.original.started_by }),
        helper.display({
            id: 'started',
            header: t('runs.started'),
            cell: ({ row }) => <RelativeTime when={row.original.task.created_at} />,
        }),
        helper.display({
            id: 'duration',
            header: t('runs.duration'),
            cell: ({ row }) => <Duration row={row.original} />,
        }),
        helper.display({
            id: 'tokens',
            header: t('runs.usage'),
            cell: ({ row: { original } }) => (original.tokens === undefined ? '–' : formatNumber(original.tokens)),
        }),
        helper.display({
            id: 'cost',
            header: t('runs.cost'),
            cell: ({ row: { original } }) => (original.cost_usd === undefined ? '–' : formatMoney(original.cost_usd)),
        }),
        helper.display({
            id: 'actions',
            header: () => <VisuallyHidden>{t('parts.actions')}</VisuallyHidden>,
            cell: ({ row: { original } }) =>
                deeds.may_act && (
                    <TaskControls
                        look="row"
                        task={original.task}
                        pending={deeds.pending.get(original.task._id)}
                        on_verb={(verb) => deeds.on_verb(original.task._id, verb)}
                    />
                ),
        }),
    ]);
