import { Button, Group, Menu, Text } from '@mantine/core';
import { IconChevronDown, IconEye, IconHourglass, IconUser } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { assigneesQuery, type InboxItem, isOpen, useChangeItem } from '@/api/inbox';
import { type Key, t } from '@/i18n';
import { formatDateTime, formatDuration } from '@/i18n/format';
import classes from './inbox-item.module.css';
import { Notice } from './notice';

type May = { operate: boolean; edit: boolean; user: string };
type PeopleProps = { project: string; item: InboxItem; may: May };

/** Who is to answer, until when, and whether two must. */
export function People({ project, item, may }: PeopleProps) {
    if (!isOpen(item.status)) return null;
    const is_anothers = Boolean(item.assignee?._id) && item.assignee?._id !== may.user;
    const can_change = may.operate && (!is_anothers || may.edit);
    return (
        <>
            <Group gap="xs">
                <Assignee {...{ project, item, may }} disabled={!can_change} />
                <Expiry project={project} item={item} disabled={!can_change} />
                {item.expires_at && (
                    <Text span size="xs" c="dimmed">
                        {t(outcomes[item.on_expiry ?? 'reject'])}
                    </Text>
                )}
            </Group>
            {is_anothers && !may.edit && (
                <Text size="sm" c="dimmed">
                    {t('inbox.onlyAssignee', { name: item.assignee?.name ?? '' })}
                </Text>
            )}
            {!may.operate && (
                <Text size="sm" c="dimmed">
                    {t('inbox.onlyReading')}
                </Text>
            )}
            {item.four_eyes && <FourEyes item={item} user={may.user} />}
        </>
    );
}

function Assignee({ project, item, may, disabled }: PeopleProps & { disabled: boolean }) {
    const members = useQuery(assigneesQuery(project)).data ?? [];
    const change = useChangeItem(project);
    const assign = (assignee: string) => change.mutate({ id: item._id, assignee });
    const others = members.filter(({ user_id }) => user_id !== may.user);
    return (
        <Menu position="bottom-start">
            <Menu.Target>
                <Button
                    variant="default"
                    size="compact-sm"
                    disabled={disabled}
                    loading={change.isPending}
                    leftSection={<IconUser size={15} stroke={1.75} />}
                    rightSection={<IconChevronDown size={14} />}
                >
                    {item.assignee?._id
                        ? t('inbox.assignedTo', { name: item.assignee.name ?? '' })
                        : t('inbox.unassigned')}
                </Button>
            </Menu.Target>
            <Menu.Dropdown>
                <Menu.Item onClick={() => assign('me')}>{t('inbox.toMe')}</Menu.Item>
                <Menu.Item onClick={() => assign('none')}>{t('inbox.toNobody')}</Menu.Item>
                {others.length > 0 && <Menu.Divider />}
                {others.map(({ user_id, name }) => (
                    <Menu.Item key={user_id} onClick={() => assign(user_id)}>
                        {name}
                    </Menu.Item>
                ))}
            </Menu.Dropdown>
        </Menu>
    );
}

const hour_s = 3600;
const terms = [
    { text: 'inbox.inHour', seconds: hour_s },
    { text: 'inbox.inDay', seconds: 24 * hour_s },
    { text: 'inbox.inWeek', seconds: 7 * 24 * hour_s },
] as const satisfies readonly { text: Key; seconds: number }[];

function Expiry({ project, item, disabled }: { project: string; item: InboxItem; disabled: boolean }) {
    const change = useChangeItem(project);
    return (
        <Menu position="bottom-start">
            <Menu.Target>
                <Button
                    variant="default"
                    size="compact-sm"
                    disabled={disabled}
                    loading={change.isPending}
                    leftSection={<IconHourglass size={15} stroke={1.75} />}
                    rightSection={<IconChevronDown size={14} />}
                >
                    {item.expires_at ? <Countdown until_ms={item.expires_at} /> : t('inbox.neverExpires')}
                </Button>
            </Menu.Target>
            <Menu.Dropdown>
                {item.expires_at && <Menu.Label>{formatDateTime(item.expires_at / 1000)}</Menu.Label>}
                {terms.map(({ text, seconds }) => (
                    <Menu.Item key={text} onClick={() => change.mutate({ id: item._id, expires_in_s: seconds })}>
                        {t(text)}
                    </Menu.Item>
                ))}
                <Menu.Item onClick={() => change.mutate({ id: item._id, expires_at: 0 })}>{t('inbox.never')}</Menu.Item>
            </Menu.Dropdown>
        </Menu>
    );
}

const outcomes = {
    approve: 'inbox.thenApproved',
    reject: 'inbox.thenRejected',
    stop: 'inbox.thenStopped',
} as const satisfies Record<string, Key>;

function Countdown({ until_ms }: { until_ms: number }) {
    const [now, setNow] = useState(Date.now);
    useEffect(() => {
        const timer = setInterval(() => setNow(Date.now()), 1000);
        return () => clearInterval(timer);
    }, []);
    const left_s = Math.max(0, Math.ceil((until_ms - now) / 1000));
    return <span className={classes.countdown}>{t('inbox.expiresIn', { time: formatDuration(left_s * 1000) })}</span>;
}

function FourEyes({ item, user }: { item: InboxItem; user: string }) {
    const approvals = item.approvals ?? [];
    const names = approvals.map(({ name }) => name).join(', ');
    const by_me = approvals.some(({ _id }) => _id === user);
    const started_by_me = item.executed_by._id === user;
    return (
        <Notice icon={IconEye} title={t('inbox.fourEyes')}>
            {approvals.length === 0 && t('inbox.fourEyesNone')}
            {approvals.length > 0 && (by_me ? t('inbox.fourEyesYou') : t('inbox.fourEyesOne', { names }))}{' '}
            {started_by_me && t('inbox.fourEyesStarter')}
        </Notice>
    );
}

/** Why this person cannot approve it, although he may answer. */
export const cannotApprove = (item: InboxItem, user: string): boolean =>
    item.four_eyes === true &&
    (item.executed_by._id === user || (item.approvals ?? []).some(({ _id }) => _id === user));
