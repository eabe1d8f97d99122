import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { flowQuery } from '@/api/flows';
import { t } from '@/i18n';
import { JsonView } from '@/parts/json-view';
import { Page } from '@/parts/page';
import { QueryView } from '@/parts/query-view';
import { TextSkeleton } from '@/parts/skeletons';

export default function Flow() {
    const { project, flow } = useParams({ from: '/signed-in/p/$project/flows/$flow' });
    const found = useQuery(flowQuery(project, flow));
    return (
        <Page title={found.data?.name ?? t('flows.title')}>
            <QueryView query={found} skeleton={<TextSkeleton />}>
                {(data) => <JsonView value={data} label={data.name} />}
            </QueryView>
        </Page>
    );
}
