import { IconChevronLeft } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useEffect } from 'react';
import { inboxItemQuery } from '@/api/inbox';
import { t } from '@/i18n';
import { QueryView } from '@/parts/query-view';
import { TextSkeleton } from '@/parts/skeletons';
import classes from './inbox-item.module.css';
import { ItemView } from './item-view';

/** One item: in the pane beside the list, or alone on a phone. */
export default function InboxItemScreen() {
    const { project, item } = useParams({ from: '/signed-in/p/$project/inbox/$item' });
    const found = useQuery(inboxItemQuery(project, item));
    const summary = found.data?.summary;
    useEffect(() => {
        if (summary) document.title = `${summary} · Weft`;
        return () => {
            document.title = `${t('inbox.title')} · Weft`;
        };
    }, [summary]);
    return (
        <article className={classes.pane} aria-label={t('inbox.item')}>
            <Link className={classes.back} to="/p/$project/inbox" params={{ project }} search>
                <IconChevronLeft size={16} stroke={1.75} aria-hidden />
                {t('inbox.back')}
            </Link>
            <QueryView
                query={found}
                skeleton={
                    <div className={classes.body}>
                        <TextSkeleton lines={8} />
                    </div>
                }
            >
                {(data) => <ItemView key={data._id} project={project} item={data} />}
            </QueryView>
        </article>
    );
}
