import { Checkbox, Text, Tooltip } from '@mantine/core';
import { IconClockHour4 } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { type InboxItem, isOpen } from '@/api/inbox';
import { t } from '@/i18n';
import { formatRelative } from '@/i18n/format';
import { LetterMark } from '@/parts/marks';
import { RelativeTime } from '@/parts/relative-time';
import { StatusBadge } from '@/parts/status-badge';
import { textOf } from '@/parts/values/kinds';
import classes from './inbox.module.css';
import { type_looks } from './look';

type ItemRowProps = {
    project: string;
    item: InboxItem;
    is_current: boolean;
    is_selected: boolean;
    /** None: whoever reads may not answer, so there is nothing to mark items for. */
    on_select?: (to_here: boolean) => void;
};

const soon_ms = 86_400_000;
const excerpt_max = 160;

export function ItemRow({ project, item, is_current, is_selected, on_select }: ItemRowProps) {
    const { icon: Icon, text } = type_looks[item.type];
    return (
        <li className={classes.row} data-current={is_current} data-selected={is_selected} data-item={item._id}>
            <span className={classes.mark}>
                <Icon size={17} stroke={1.6} role="img" aria-label={t(text)} />
            </span>
            {on_select && isOpen(item.status) && (
                <Checkbox
                    className={classes.check}
                    size="xs"
                    aria-label={t('inbox.selectOf', { summary: item.summary })}
                    checked={is_selected}
                    onChange={({ nativeEvent }) => on_select(nativeEvent instanceof MouseEvent && nativeEvent.shiftKey)}
                />
            )}
            <Link
                className={classes.link}
                to="/p/$project/inbox/$item"
                params={{ project, item: item._id }}
                search
                aria-current={is_current ? 'page' : undefined}
            >
                <span className={classes.summary}>{item.summary}</span>
                <Excerpt item={item} />
                <span className={classes.meta}>
                    {isOpen(item.status) ? (
                        <Text span inherit truncate>
                            {item.coworker_name || t('inbox.fromPeople')}
                        </Text>
                    ) : (
                        <StatusBadge status={item.status} />
                    )}
                    <span aria-hidden>·</span>
                    <RelativeTime when={item.created_at / 1000} />
                    <Expiry item={item} />
                </span>
            </Link>
            {item.assignee?._id && (
                <Tooltip label={t('inbox.assignedTo', { name: item.assignee.name ?? '' })}>
                    <span className={classes.assignee}>
                        <LetterMark id={item.assignee._id} name={item.assignee.name ?? ''} look="person" />
                    </span>
                </Tooltip>
            )}
        </li>
    );
}

function Expiry({ item }: { item: InboxItem }) {
    if (!item.expires_at || !isOpen(item.status) || item.expires_at - Date.now() > soon_ms) return null;
    return (
        <span className={classes.soon}>
            <IconClockHour4 size={13} stroke={1.75} aria-hidden />
            {t('inbox.expires', { when: formatRelative(item.expires_at / 1000) })}
        </span>
    );
}

/** Of what is to be done: one agent asks many questions of the same words. */
function Excerpt({ item }: { item: InboxItem }) {
    const texts: string[] = [];
    const collect = (value: unknown) => {
        if (typeof value === 'string' || typeof value === 'number') texts.push(textOf(value));
        else if (value && typeof value === 'object') Object.values(value).forEach(collect);
    };
    collect(item.preview_input?.skill.input);
    const text = item.anomaly?.finding ?? texts.join(' · ').slice(0, excerpt_max);
    return text ? <span className={classes.excerpt}>{text}</span> : null;
}
