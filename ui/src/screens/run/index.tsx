import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { taskQuery } from '@/api/tasks';
import { t } from '@/i18n';
import { JsonView } from '@/parts/json-view';
import { Page } from '@/parts/page';
import { QueryView } from '@/parts/query-view';
import { TextSkeleton } from '@/parts/skeletons';

export default function Run() {
    const { project, task } = useParams({ from: '/signed-in/p/$project/runs/$task' });
    const found = useQuery(taskQuery(project, task));
    return (
        <Page title={found.data?.name ?? t('runs.title')}>
            <QueryView query={found} skeleton={<TextSkeleton />}>
                {(data) => <JsonView value={data} label={data.name} />}
            </QueryView>
        </Page>
    );
}
