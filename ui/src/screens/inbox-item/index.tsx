import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { inboxItemQuery } from '@/api/inbox';
import { t } from '@/i18n';
import { JsonView } from '@/parts/json-view';
import { Page } from '@/parts/page';
import { QueryView } from '@/parts/query-view';
import { TextSkeleton } from '@/parts/skeletons';

export default function InboxItemScreen() {
    const { project, item } = useParams({ from: '/signed-in/p/$project/inbox/$item' });
    const found = useQuery(inboxItemQuery(project, item));
    return (
        <Page title={found.data?.summary ?? t('inbox.title')}>
            <QueryView query={found} skeleton={<TextSkeleton />}>
                {(data) => <JsonView value={data} label={data.summary} />}
            </QueryView>
        </Page>
    );
}
