import { Button, Text } from '@mantine/core';
import { IconListCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useProjectEvents } from '@/api/live';
import { type Task, type TaskStatus, task_page_size, tasksQuery } from '@/api/tasks';
import { t } from '@/i18n';
import { EmptyState } from '@/parts/empty-state';
import { Page } from '@/parts/page';
import { Pager } from '@/parts/pager';
import { QueryView } from '@/parts/query-view';
import { TableSkeleton } from '@/parts/skeletons';
import { StatusFilter } from '@/parts/status-filter';
import { inOrder } from './order';
import { RunList } from './run-list';
import classes from './runs.module.css';

/** The task manager. */
export default function Runs() {
    const { project } = useParams({ from: '/signed-in/p/$project/runs' });
    const { status, page = 1 } = useSearch({ from: '/signed-in/p/$project/runs' });
    const navigate = useNavigate({ from: '/p/$project/runs' });
    useProjectEvents(project);
    const tasks = useQuery(tasksQuery(project, { status, skip: (page - 1) * task_page_size }));
    const choose = (next: TaskStatus | undefined) => void navigate({ search: { status: next, page: undefined } });
    return (
        <Page title={t('runs.title')} lead={t('runs.lead')}>
            <div className={classes.filter}>
                <StatusFilter value={status} on_change={choose} />
            </div>
            <QueryView query={tasks} skeleton={<TableSkeleton rows={8} />}>
                {(found) => (
                    <RunPage
                        project={project}
                        found={found}
                        status={status}
                        page={page}
                        on_page={(next) => void navigate({ search: { status, page: next > 1 ? next : undefined } })}
                        on_all={() => choose(undefined)}
                    />
                )}
            </QueryView>
        </Page>
    );
}

type RunPageProps = {
    project: string;
    found: { tasks: Task[]; total_count: number };
    status: TaskStatus | undefined;
    page: number;
    on_page: (page: number) => void;
    on_all: () => void;
};

function RunPage({ project, found, status, page, on_page, on_all }: RunPageProps) {
    const rows = useMemo(() => inOrder(found.tasks), [found.tasks]);
    const pager = <Pager page={page} size={task_page_size} total={found.total_count} on_page={on_page} />;
    if (rows.length > 0) {
        return (
            <>
                <RunList project={project} tasks={rows} />
                {pager}
                <Text size="xs" c="dimmed" mt="sm" visibleFrom="sm">
                    {t('runs.keys')}
                </Text>
            </>
        );
    }
    return (
        <>
            {status || page > 1 ? (
                <EmptyState
                    icon={IconListCheck}
                    title={t('runs.noneTitle')}
                    text={t('runs.noneText')}
                    action={
                        <Button variant="default" onClick={on_all}>
                            {t('runs.showAll')}
                        </Button>
                    }
                />
            ) : (
                <EmptyState
                    icon={IconListCheck}
                    title={t('runs.emptyTitle')}
                    text={t('runs.emptyText')}
                    action={
                        <Button component={Link} to={`/p/${project}/flows`} variant="default">
                            {t('runs.toFlows')}
                        </Button>
                    }
                />
            )}
            {pager}
        </>
    );
}
