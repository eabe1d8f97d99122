import { Button, Group, Text } from '@mantine/core';
import { IconPlayerStop } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { executionsQuery } from '@/api/executions';
import { useMay } from '@/api/my-role';
import { useSession } from '@/api/session';
import { isFinal, type Task, task_page_size, usePendingVerbs, useTaskVerb, type Verb } from '@/api/tasks';
import { t } from '@/i18n';
import { useConfirm } from '@/parts/confirm';
import { DataTable } from '@/parts/data-table';
import run_table from '@/parts/run-table.module.css';
import { useScreenKeys } from '@/parts/use-screen-keys';
import { columnsFor } from './columns';
import { type RunRow, rowsOf } from './rows';
import classes from './runs.module.css';
import { useActiveRow } from './use-active-row';

export function RunList({ project, tasks }: { project: string; tasks: Task[] }) {
    const verb = useTaskVerb(project);
    const pending = usePendingVerbs();
    const may_act = useMay(project, 'operator');
    const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
    const rows = useRows(project, tasks);
    const { move, activeTask } = useActiveRow(tasks.map(({ _id }) => _id).join());
    const alive = rows.filter(({ task }) => !isFinal(task.status));
    const chosen_alive = alive.filter(({ task }) => chosen.has(task._id));
    const act = (id: string, asked: Verb) => verb.mutate({ id, verb: asked });
    const withFocus = (choose: (task: Task) => Verb | undefined) => () => {
        const id = activeTask();
        const task = tasks.find(({ _id }) => _id === id);
        const asked = task && may_act && !isFinal(task.status) ? choose(task) : undefined;
        if (task && asked) act(task._id, asked);
    };
    useScreenKeys({
        j: () => move(1),
        k: () => move(-1),
        s: withFocus(() => 'stop'),
        p: withFocus(({ status }) => (status === 'paused' ? 'resume' : 'pause')),
    });
    const columns = columnsFor({
        project,
        may_act,
        pending,
        chosen,
        alive: alive.map(({ task }) => task._id),
        on_choose: setChosen,
        on_verb: act,
    });
    return (
        <div className={`${run_table.table} ${classes.list}`}>
            <DataTable label={t('runs.title')} rows={rows} columns={columns} row_id={({ task }) => task._id} is_page />
            {chosen_alive.length > 0 && (
                <BulkBar
                    count={chosen_alive.length}
                    on_clear={() => setChosen(new Set())}
                    on_stop={() => {
                        for (const { task } of chosen_alive) act(task._id, 'stop');
                        setChosen(new Set());
                    }}
                />
            )}
        </div>
    );
}

/** Who, how long and how much: the executions know it, the list of tasks does not. */
function useRows(project: string, tasks: Task[]): RunRow[] {
    const session = useSession();
    const executions = useQuery({
        ...executionsQuery(project, { limit: task_page_size }),
        // They come whole: read again when a status has changed, not by the clock.
        refetchInterval: false,
    });
    const { refetch } = executions;
    const statuses = tasks.map(({ _id, status }) => `${_id}${status}`).join();
    const seen = useRef(statuses);
    useEffect(() => {
        if (seen.current === statuses) return;
        seen.current = statuses;
        void refetch();
    }, [statuses, refetch]);
    return useMemo(
        () => rowsOf(tasks, executions.data?.data ?? [], session?.user?._id),
        [tasks, executions.data, session],
    );
}

function BulkBar({ count, on_clear, on_stop }: { count: number; on_clear: () => void; on_stop: () => void }) {
    const confirm = useConfirm();
    const stop = async () => {
        const sure =
            count === 1 ||
            (await confirm({
                title: t('runs.stopChosenTitle', { count }),
                text: t('runs.stopChosenText'),
                confirm: t('runs.stopChosen', { count }),
                tone: 'danger',
            }));
        if (sure) on_stop();
    };
    return (
        <Group className={classes.bulk} gap="sm" wrap="nowrap">
            <Text size="sm">{t('runs.chosen', { count })}</Text>
            <Button variant="default" size="xs" onClick={on_clear}>
                {t('runs.clear')}
            </Button>
            <Button color="red.8" size="xs" leftSection={<IconPlayerStop size={15} />} onClick={stop}>
                {t('runs.stopChosen', { count })}
            </Button>
        </Group>
    );
}
