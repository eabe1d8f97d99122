import { Text } from '@mantine/core';
import type { Execution } from '@/api/executions';
import { isFinal, type Task } from '@/api/tasks';
import { t } from '@/i18n';
import { RelativeTime } from '@/parts/relative-time';
import { RunLink } from '@/parts/run-link';
import { StatusBadge } from '@/parts/status-badge';
import classes from './overview.module.css';
import { Nothing, Rows, Section } from './section';

const shown_max = 8;

type RecentRunsProps = { project: string; tasks: Task[]; executions: readonly Execution[] | undefined };

export function RecentRuns({ project, tasks, executions = [] }: RecentRunsProps) {
    const goalOf = (task: Task) => executions.find(({ _id }) => _id === task.execution_ids[0])?.goal;
    const ended = tasks.filter(({ status }) => isFinal(status)).slice(0, shown_max);
    return (
        <Section id="recent" title={t('overview.recent')} to={`/p/${project}/history`}>
            {ended.length === 0 && <Nothing text={t('overview.nothingEnded')} />}
            {ended.length > 0 && (
                <Rows>
                    {ended.map((task) => (
                        <li key={task._id} className={classes.row}>
                            <div className={classes.main}>
                                <RunLink project={project} task={task._id} name={task.name} />
                                <Text size="xs" c="dimmed" truncate title={goalOf(task)}>
                                    {goalOf(task)}
                                </Text>
                            </div>
                            <Text size="sm" c="dimmed" component="span">
                                <RelativeTime when={task.created_at} />
                            </Text>
                            <span className={classes.status}>
                                <StatusBadge status={task.status} />
                            </span>
                        </li>
                    ))}
                </Rows>
            )}
        </Section>
    );
}
