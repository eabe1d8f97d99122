import { Skeleton, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { isFinal, type Task, taskQuery } from '@/api/tasks';
import { t } from '@/i18n';
import { Page } from '@/parts/page';
import { QueryView } from '@/parts/query-view';
import { TextSkeleton } from '@/parts/skeletons';
import { Bounds } from './bounds';
import { ExecutionTree } from './execution-tree';
import { Needs } from './needs';
import { Outcome } from './outcome';
import { RunBar } from './run-bar';
import { RunTabs } from './run-tabs';
import { shownExecution } from './tree';
import { useFeed } from './use-feed';

const goal_length_max = 200;
/** Up to here the calls of each step are read at once; beyond when a step is opened. */
const steps_with_calls_max = 200;

export default function Run() {
    const { project, task } = useParams({ from: '/signed-in/p/$project/runs/$task' });
    const found = useQuery(taskQuery(project, task));
    const goal = found.data?.executions?.[0]?.goal ?? '';
    const lead = goal.length > goal_length_max ? `${goal.slice(0, goal_length_max)}…` : goal;
    return (
        <Page title={found.data?.name ?? t('runs.title')} lead={found.data ? lead : ' '}>
            <QueryView query={found} skeleton={<RunSkeleton />}>
                {(data) => <TaskView project={project} task={data} />}
            </QueryView>
        </Page>
    );
}

/** The bar, then what follows. */
function RunSkeleton() {
    return (
        <Stack gap="lg">
            <Skeleton height={57} />
            <TextSkeleton lines={6} />
        </Stack>
    );
}

function TaskView({ project, task }: { project: string; task: Task }) {
    const search = useSearch({ from: '/signed-in/p/$project/runs/$task' });
    const navigate = useNavigate({ from: '/p/$project/runs/$task' });
    const execution = shownExecution(task, search.execution);
    const is_short = (execution?.agents_output.length ?? 0) <= steps_with_calls_max;
    const feed = useFeed({ project, task, execution, is_wanted: is_short || search.step !== undefined });
    const has_tree = (task.executions?.length ?? 0) > 1;
    const choose = (id: string) => void navigate({ search: { execution: id, tab: search.tab, step: undefined } });
    return (
        <>
            <RunBar project={project} task={task} feed={feed} shown={execution} />
            <Stack gap="lg">
                {execution && <Bounds execution={execution} />}
                {execution && !isFinal(execution.status) && (
                    <Needs project={project} execution={execution} feed={feed} />
                )}
                {execution && <Outcome task={task} execution={execution} code={feed.error?.code} />}
                {has_tree && <ExecutionTree task={task} shown={execution?.execution_id} on_choose={choose} />}
                {execution && <RunTabs project={project} task={task} execution={execution} feed={feed} />}
            </Stack>
        </>
    );
}
