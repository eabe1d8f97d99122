import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { flowQuery } from '@/api/flows';
import { t } from '@/i18n';
import { Page } from '@/parts/page';
import { QueryView } from '@/parts/query-view';
import { TextSkeleton } from '@/parts/skeletons';
import { FlowBuilder } from './builder';
import classes from './builder.module.css';

/** So that whoever edits soon learns of somebody else's save. */
const poll_ms = 15_000;

export default function Flow() {
    const { project, flow } = useParams({ from: '/signed-in/p/$project/flows/$flow' });
    const found = useQuery({ ...flowQuery(project, flow), refetchInterval: poll_ms });
    if (found.data)
        return (
            <div className={classes.screen}>
                <FlowBuilder key={flow} project={project} flow={found.data} />
            </div>
        );
    return (
        <Page title={t('flows.title')}>
            <QueryView query={found} skeleton={<TextSkeleton lines={8} />}>
                {() => null}
            </QueryView>
        </Page>
    );
}
