import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { tableQuery } from '@/api/tables';
import { t } from '@/i18n';
import { JsonView } from '@/parts/json-view';
import { Page } from '@/parts/page';
import { QueryView } from '@/parts/query-view';
import { TextSkeleton } from '@/parts/skeletons';

export default function TableScreen() {
    const { project, table } = useParams({ from: '/signed-in/p/$project/tables/$table' });
    const found = useQuery(tableQuery(project, table));
    return (
        <Page title={found.data?.table_name ?? t('tables.title')}>
            <QueryView query={found} skeleton={<TextSkeleton />}>
                {(data) => <JsonView value={data} label={data.table_name} />}
            </QueryView>
        </Page>
    );
}
