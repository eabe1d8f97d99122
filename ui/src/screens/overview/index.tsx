import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { executionsQuery } from '@/api/executions';
import { flowsQuery } from '@/api/flows';
import { useProjectEvents } from '@/api/live';
import { projectsQuery } from '@/api/projects';
import { tasksQuery } from '@/api/tasks';
import { waitingQuery } from '@/api/waiting';
import { t } from '@/i18n';
import { Page } from '@/parts/page';
import { QueryView } from '@/parts/query-view';
import { Figures } from './figures';
import { FirstSteps } from './first-steps';
import { FlowList } from './flow-list';
import { LiveRuns } from './live-runs';
import classes from './overview.module.css';
import { OverviewSkeleton } from './overview-skeleton';
import { RecentRuns } from './recent-runs';
import { Waiting } from './waiting';

const recent_max = 20;
const live_max = 8;

/** What the coworker does now, what needs a person, and what it did last. */
export default function Overview() {
    const { project } = useParams({ from: '/signed-in/p/$project/overview' });
    useProjectEvents(project);
    const tasks = useQuery(tasksQuery(project));
    const live = useQuery(tasksQuery(project, { status: 'live', limit: live_max })).data;
    const flows = useQuery(flowsQuery(project));
    const items = useQuery(waitingQuery(project)).data;
    const executions = useQuery(executionsQuery(project, { limit: recent_max })).data?.data;
    const described = useQuery(projectsQuery).data?.find(({ _id }) => _id === project);
    const lead = described?.description || described?.coworkerRole;
    return (
        <Page title={t('overview.title')} lead={lead || t('overview.lead')}>
            <QueryView query={tasks} skeleton={<OverviewSkeleton />}>
                {({ tasks: list, total_count }) => (
                    <QueryView query={flows} skeleton={<OverviewSkeleton />}>
                        {({ agentflows }) =>
                            total_count === 0 ? (
                                <FirstSteps project={project} flows={agentflows} />
                            ) : (
                                <Stack gap="lg">
                                    <Figures
                                        live={live?.total_count}
                                        waiting={items?.total_count}
                                        executions={executions}
                                    />
                                    <div className={classes.columns}>
                                        <Stack gap="xl" miw={0}>
                                            <LiveRuns project={project} tasks={live?.tasks} executions={executions} />
                                            <RecentRuns project={project} tasks={list} executions={executions} />
                                        </Stack>
                                        <Stack gap="xl" miw={0}>
                                            <Waiting project={project} items={items} />
                                            <FlowList project={project} flows={agentflows} />
                                        </Stack>
                                    </div>
                                </Stack>
                            )
                        }
                    </QueryView>
                )}
            </QueryView>
        </Page>
    );
}
