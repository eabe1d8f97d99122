import { Skeleton, Text } from '@mantine/core';
import type { Execution } from '@/api/executions';
import { useMay } from '@/api/my-role';
import { isFinal, type Task, usePendingVerbs, useTaskVerb } from '@/api/tasks';
import { t } from '@/i18n';
import { Elapsed } from '@/parts/elapsed';
import { RunLink } from '@/parts/run-link';
import { TaskControls } from '@/parts/task-controls';
import { TaskStatus } from '@/parts/task-status';
import classes from './overview.module.css';
import { Nothing, Rows, Section } from './section';

type LiveRunsProps = { project: string; tasks: Task[] | undefined; executions: Execution[] | undefined };

/** What is under way, each with its Stop. */
export function LiveRuns({ project, tasks, executions }: LiveRunsProps) {
    const verb = useTaskVerb(project);
    const pending = usePendingVerbs();
    const may_act = useMay(project, 'operator');
    // One that was stopped here leaves at once.
    const live = tasks?.filter(({ status }) => !isFinal(status));
    return (
        <Section id="now" title={t('overview.now')} to={`/p/${project}/runs`}>
            {!live && <Skeleton height={54} />}
            {live?.length === 0 && <Nothing text={t('overview.nothingNow')} />}
            {live && live.length > 0 && (
                <Rows>
                    {live.map((task) => (
                        <li key={task._id} className={classes.row}>
                            <div className={classes.main}>
                                <RunLink project={project} task={task._id} name={task.name} />
                                <Text size="xs" c="dimmed" truncate>
                                    {stepOf(task, executions)}
                                </Text>
                            </div>
                            <Text size="sm" c="dimmed" component="span" className={classes.time}>
                                <Elapsed from={task.created_at} />
                            </Text>
                            <span className={classes.status}>
                                <TaskStatus status={task.status} pending={pending.get(task._id)} />
                            </span>
                            {may_act && (
                                <TaskControls
                                    look="row"
                                    task={task}
                                    pending={pending.get(task._id)}
                                    on_verb={(asked) => verb.mutate({ id: task._id, verb: asked })}
                                />
                            )}
                        </li>
                    ))}
                </Rows>
            )}
        </Section>
    );
}

/** Which agent is at work. */
function stepOf(task: Task, executions: Execution[] | undefined): string {
    const execution = executions?.find((each) => each.task_id === task._id && !isFinal(each.status));
    if (!execution) return ' ';
    const { agents_output, agentflow, goal } = execution;
    const last = agents_output.at(-1);
    const next = last?.status === 'completed' ? undefined : last?.title;
    if (!next) return goal || ' ';
    const total = agentflow.agents?.length ?? 0;
    // Loops visit agents more than once: then there is no "of".
    if (agents_output.length > total) return next;
    return t('overview.step', { agent: next, at: agents_output.length, total });
}
