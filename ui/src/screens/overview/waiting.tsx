import { Anchor, Skeleton, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { WaitingItem } from '@/api/waiting';
import { t } from '@/i18n';
import { RelativeTime } from '@/parts/relative-time';
import classes from './overview.module.css';
import { Nothing, Rows, Section } from './section';

const shown_max = 5;

type WaitingProps = { project: string; items: { inbox_requests: WaitingItem[]; total_count: number } | undefined };

/** What a person must do. */
export function Waiting({ project, items }: WaitingProps) {
    return (
        <Section id="waiting" title={t('overview.waiting')} to={`/p/${project}/inbox`}>
            {!items && <Skeleton height={54} />}
            {items?.total_count === 0 && <Nothing text={t('overview.nothingWaits')} />}
            {items && items.total_count > 0 && (
                <Rows>
                    {items.inbox_requests.slice(0, shown_max).map(({ _id, summary, created_at }) => (
                        <li key={_id} className={classes.row}>
                            <div className={classes.main}>
                                <Anchor
                                    component={Link}
                                    to={`/p/${project}/inbox/${_id}`}
                                    c="var(--mantine-color-text)"
                                    lineClamp={2}
                                >
                                    {summary}
                                </Anchor>
                                <Text size="xs" c="dimmed" component="div">
                                    {/* The inbox counts in milliseconds. */}
                                    <RelativeTime when={created_at / 1000} />
                                </Text>
                            </div>
                        </li>
                    ))}
                </Rows>
            )}
        </Section>
    );
}
