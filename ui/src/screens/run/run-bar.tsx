import { Button, Group, Text, VisuallyHidden } from '@mantine/core';
import { IconClock, IconCoins, IconRefresh, IconStack2 } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { type Execution, useRunAgain } from '@/api/executions';
import { useMay } from '@/api/my-role';
import { isFinal, type Task, usePendingVerbs, useTaskVerb } from '@/api/tasks';
import { t } from '@/i18n';
import { formatMoney, formatNumber } from '@/i18n/format';
import { Elapsed } from '@/parts/elapsed';
import { statusText } from '@/parts/status-badge';
import { TaskControls } from '@/parts/task-controls';
import { TaskStatus } from '@/parts/task-status';
import { useStartedBy } from '@/parts/use-started-by';
import type { Feed } from './feed';
import classes from './run.module.css';
import { tokensOf } from './tree';

type RunBarProps = { project: string; task: Task; feed: Feed; shown: Execution | undefined };

/** What it is doing, what it has cost, and the ways to stop it: in sight wherever the page is scrolled to. */
export function RunBar({ project, task, feed, shown }: RunBarProps) {
    const verb = useTaskVerb(project);
    const pending = usePendingVerbs().get(task._id);
    const may_act = useMay(project, 'operator');
    const started_by = useStartedBy({ _id: task.created_by, name: task.executions?.[0]?.executed_by.name });
    const is_settling = task.settling || task.executions?.some(({ settling }) => settling);
    return (
        <section className={classes.bar} aria-label={t('run.bar')}>
            <Group gap="md" wrap="nowrap" className={classes.facts}>
                <TaskStatus status={task.status} pending={pending} />
                <span className={classes.figure} title={t('run.elapsed')}>
                    <IconClock size={15} stroke={1.75} aria-hidden />
                    <VisuallyHidden>{t('run.elapsed')}</VisuallyHidden>
                    <Elapsed from={task.created_at} until={endOf(task)} />
                </span>
                <Spent task={task} feed={feed} shown={shown} />
                {started_by && (
                    <Text size="sm" c="dimmed" truncate visibleFrom="md">
                        {started_by}
                    </Text>
                )}
                {is_settling && (
                    <Text size="sm" c="dimmed" truncate visibleFrom="sm">
                        {t('run.settling')}
                    </Text>
                )}
            </Group>
            {may_act && (
                <Group gap="xs" wrap="nowrap" className={classes.controls}>
                    <TaskControls
                        look="bar"
                        task={task}
                        pending={pending}
                        on_verb={(asked) => verb.mutate({ id: task._id, verb: asked })}
                    />
                    {isFinal(task.status) && <RunAgain project={project} task={task} />}
                </Group>
            )}
            <VisuallyHidden role="status">{pending ? '' : statusText(task.status)}</VisuallyHidden>
        </section>
    );
}

/** null: it goes on. */
function endOf(task: Task): number | null {
    if (!isFinal(task.status)) return null;
    const ends = (task.executions ?? []).map(({ end_time }) => end_time ?? 0);
    return Math.max(task.created_at, ...ends);
}

/** Of the whole task; of what is streamed now the stream knows more. */
function Spent({ task, feed, shown }: Omit<RunBarProps, 'project'>) {
    let tokens = 0;
    let cost = 0;
    for (const each of task.executions ?? []) {
        const is_shown = each === shown;
        tokens += Math.max(tokensOf(each), is_shown ? feed.tokens : 0);
        cost += Math.max(each.usage?.cost_usd ?? 0, is_shown ? feed.cost_usd : 0);
    }
    return (
        <>
            <span className={classes.figure} title={t('run.tokens')}>
                <IconStack2 size={15} stroke={1.75} aria-hidden />
                <VisuallyHidden>{t('run.tokens')}</VisuallyHidden>
                {formatNumber(tokens)}
            </span>
            <span className={classes.figure} title={t('run.cost')}>
                <IconCoins size={15} stroke={1.75} aria-hidden />
                <VisuallyHidden>{t('run.cost')}</VisuallyHidden>
                {formatMoney(cost)}
            </span>
        </>
    );
}

function RunAgain({ project, task }: { project: string; task: Task }) {
    const again = useRunAgain(project);
    const navigate = useNavigate();
    const first = task.executions?.find(({ parent_execution_id }) => parent_execution_id === null);
    if (!first) return null;
    const run = () =>
        again.mutate(first, {
            onSuccess: ({ task_id }) =>
                void navigate({ to: '/p/$project/runs/$task', params: { project, task: task_id } }),
        });
    return (
        <Button
            variant="default"
            leftSection={<IconRefresh size={16} stroke={1.75} />}
            loading={again.isPending}
            onClick={run}
        >
            {t('run.again')}
        </Button>
    );
}
