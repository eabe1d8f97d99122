import { VisuallyHidden } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Outlet, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useEffect, useMemo, useRef } from 'react';
import { inboxListQuery, isOpen } from '@/api/inbox';
import { useProjectEvents } from '@/api/live';
import { useRights } from '@/api/my-role';
import { t } from '@/i18n';
import { Page } from '@/parts/page';
import { QueryView } from '@/parts/query-view';
import { TableSkeleton } from '@/parts/skeletons';
import { useScreenKeys } from '@/parts/use-screen-keys';
import { BulkBar } from './bulk-bar';
import { Filters } from './filters';
import classes from './inbox.module.css';
import { grouped, ItemList, NothingOpen } from './item-list';
import { filterOf, type InboxSearch } from './search';
import { SelectionContext } from './selection-context';
import { useSelection } from './use-selection';

/** A list and, beside it, the item that is open; on a phone one of the two. */
export default function Inbox() {
    const { project } = useParams({ from: '/signed-in/p/$project/inbox' });
    const current = useParams({ strict: false }).item;
    const search = useSearch({ from: '/signed-in/p/$project/inbox' });
    const navigate = useNavigate({ from: '/p/$project/inbox' });
    const may = useRights(project);
    const has_room = useMediaQuery('(min-width: 64em)', true, { getInitialValueInEffect: false });
    useProjectEvents(project);

    const list = useInfiniteQuery(inboxListQuery(project, filterOf(search)));
    const items = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
    const total = list.data?.pages[0]?.total ?? 0;
    const selection = useSelection(items);
    const order = grouped(items, search.group === 'flow').flatMap(([, members]) => members);
    useListKeys(
        order.map(({ _id }) => _id),
        current,
        (item) => navigate({ to: '/p/$project/inbox/$item', params: { project, item }, search: (old) => old }),
        (to_here) => {
            const item = items.find(({ _id }) => _id === current);
            if (item && may.operate && isOpen(item.status)) selection.toggle(item._id, to_here);
        },
    );
    // What is open stays open.
    const change = (next: Partial<InboxSearch>) => {
        const search_of = (old: InboxSearch) => ({ ...old, ...next });
        const options = { search: search_of, replace: 'q' in next };
        return current
            ? navigate({ to: '/p/$project/inbox/$item', params: { project, item: current }, ...options })
            : navigate({ to: '/p/$project/inbox', params: { project }, ...options });
    };

    return (
        <Page title={t('inbox.title')} hides_heading={!has_room && Boolean(current)}>
            <SelectionContext value={selection.ids.size}>
                <div className={classes.panes} data-open={Boolean(current)}>
                    <section className={classes.list} aria-label={t('inbox.questions')}>
                        <Filters project={project} search={search} on_change={change} />
                        <div className={classes.scroll}>
                            <VisuallyHidden role="status">{t('inbox.listed', { count: total })}</VisuallyHidden>
                            <QueryView query={list} skeleton={<TableSkeleton rows={8} />}>
                                {() => (
                                    <ItemList
                                        {...{ project, items, search, current }}
                                        selection={may.operate ? selection : undefined}
                                        more={
                                            list.hasNextPage
                                                ? { load: list.fetchNextPage, is_loading: list.isFetchingNextPage }
                                                : undefined
                                        }
                                        on_clear_filters={() =>
                                            change({ q: undefined, type: undefined, assignee: undefined })
                                        }
                                    />
                                )}
                            </QueryView>
                        </div>
                        <BulkBar project={project} user={may.user} items={selection.items} on_done={selection.clear} />
                    </section>
                    <div className={classes.item}>{current ? <Outlet /> : <NothingOpen count={items.length} />}</div>
                </div>
            </SelectionContext>
        </Page>
    );
}

/** j and k go through the list; x marks what is open, with shift everything from the last mark to here. */
function useListKeys(
    order: string[],
    current: string | undefined,
    open: (id: string) => void,
    mark: (to_here: boolean) => void,
) {
    const place = useRef(-1);
    const index = current ? order.indexOf(current) : -1;
    useEffect(() => {
        // What was answered has left the list: its place stays.
        if (index >= 0) place.current = index;
        if (index >= 0) document.querySelector(`[data-item="${current}"]`)?.scrollIntoView({ block: 'nearest' });
    }, [index, current]);
    const go = (step: 1 | -1) => {
        const from = index >= 0 ? index + step : step > 0 ? Math.max(place.current, 0) : place.current - 1;
        const next = order[Math.max(0, Math.min(from, order.length - 1))];
        if (next && next !== current) open(next);
    };
    useScreenKeys({
        j: () => go(1),
        k: () => go(-1),
        x: () => mark(false),
        X: () => mark(true),
    });
}
