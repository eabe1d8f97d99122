import { Button, Text, Title } from '@mantine/core';
import { IconInbox, IconSearchOff } from '@tabler/icons-react';
import type { InboxItem } from '@/api/inbox';
import { t } from '@/i18n';
import { EmptyState } from '@/parts/empty-state';
import classes from './inbox.module.css';
import { ItemRow } from './item-row';
import { dayOf } from './look';
import type { InboxSearch } from './search';
import type { Selection } from './use-selection';

type ItemListProps = {
    project: string;
    items: InboxItem[];
    search: InboxSearch;
    current?: string;
    selection?: Selection;
    more?: { load: () => void; is_loading: boolean };
    on_clear_filters: () => void;
};

export function ItemList(props: ItemListProps) {
    const { project, items, search, current, selection, more, on_clear_filters } = props;
    if (items.length === 0) return <Nothing search={search} on_clear={on_clear_filters} />;
    return (
        <div className={classes.groups}>
            {grouped(items, search.group === 'flow').map(([name, members]) => (
                <section key={name} aria-label={name}>
                    <Title order={2} className={classes.group}>
                        <span>{name}</span>
                        <span className={classes.count}>{members.length}</span>
                    </Title>
                    <ul className={classes.items}>
                        {members.map((item) => (
                            <ItemRow
                                key={item._id}
                                project={project}
                                item={item}
                                is_current={item._id === current}
                                is_selected={selection?.ids.has(item._id) ?? false}
                                on_select={selection && ((to_here) => selection.toggle(item._id, to_here))}
                            />
                        ))}
                    </ul>
                </section>
            ))}
            {more && (
                <Button m="sm" variant="default" onClick={more.load} loading={more.is_loading}>
                    {t('inbox.loadMore')}
                </Button>
            )}
        </div>
    );
}

/** In the order in which the first of each group comes. */
export function grouped(items: InboxItem[], by_flow: boolean): [string, InboxItem[]][] {
    const groups = Map.groupBy(items, (item) =>
        by_flow ? item.coworker_name || t('inbox.fromPeople') : dayOf(item.created_at),
    );
    return [...groups];
}

function Nothing({ search, on_clear }: { search: InboxSearch; on_clear: () => void }) {
    const is_filtered = Boolean(search.q || search.type || search.assignee);
    if (is_filtered)
        return (
            <div className={classes.nothing}>
                <EmptyState
                    icon={IconSearchOff}
                    title={t('inbox.noMatchTitle')}
                    text={search.q ? t('inbox.noMatchSearch') : t('inbox.noMatchText')}
                    action={
                        <Button variant="default" size="xs" onClick={on_clear}>
                            {t('inbox.clearFilters')}
                        </Button>
                    }
                />
            </div>
        );
    const is_done = search.tab === 'done';
    return (
        <div className={classes.nothing}>
            <EmptyState
                icon={IconInbox}
                title={is_done ? t('inbox.emptyDoneTitle') : t('inbox.emptyTitle')}
                text={is_done ? t('inbox.emptyDoneText') : t('inbox.emptyText')}
            />
        </div>
    );
}

export function NothingOpen({ count }: { count: number }) {
    return (
        <div className={classes.placeholder}>
            <IconInbox size={28} stroke={1.25} aria-hidden />
            <Text size="sm">{count > 0 ? t('inbox.choose') : t('inbox.emptyTitle')}</Text>
            {count > 0 && (
                <Text size="xs" c="dimmed">
                    {t('inbox.chooseHint')}
                </Text>
            )}
        </div>
    );
}
