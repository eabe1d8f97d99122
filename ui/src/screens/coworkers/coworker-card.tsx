import { Card, Group, Skeleton, Stack, Text } from '@mantine/core';
import { IconHandStop, IconInbox, IconPlayerPlay, IconZzz } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { inboxCountQuery } from '@/api/inbox';
import { useProjectEvents } from '@/api/live';
import type { Project } from '@/api/projects';
import { tasksQuery } from '@/api/tasks';
import { t } from '@/i18n';
import { LetterMark } from '@/parts/marks';
import { RelativeTime } from '@/parts/relative-time';
import { StatusBadge } from '@/parts/status-badge';
import classes from './coworker-card.module.css';

/** `is_followed`: its changes come at once, over a connection of its own; else it polls. */
type CoworkerCardProps = { project: Project; is_followed: boolean };

/** Who it is, what it is doing now, and whether it needs somebody. */
export function CoworkerCard({ project, is_followed }: CoworkerCardProps) {
    const { _id, projectName, coworkerRole, description } = project;
    useProjectEvents(_id, is_followed);
    const newest = useQuery(tasksQuery(_id, { limit: 1 })).data?.tasks;
    const live = useQuery(tasksQuery(_id, { limit: 1, status: 'live' })).data;
    const pending = useQuery(inboxCountQuery(_id)).data;
    const live_count = live?.total_count ?? 0;
    const last = live?.tasks[0] ?? newest?.[0];
    return (
        <Card className={classes.card}>
            <Group gap="sm" wrap="nowrap" align="flex-start">
                <LetterMark id={_id} name={projectName} look="large" />
                <Stack gap={0} flex={1} miw={0}>
                    <Link to="/p/$project/overview" params={{ project: _id }} className={classes.name}>
                        {projectName}
                    </Link>
                    <Text size="sm" c="dimmed" lineClamp={1}>
                        {coworkerRole || description || ' '}
                    </Text>
                </Stack>
            </Group>
            {coworkerRole && description && (
                <Text size="sm" lineClamp={2}>
                    {description}
                </Text>
            )}
            <div className={classes.now}>
                {!last && !newest && <Skeleton height={12} width="60%" my={4} />}
                {newest && !last && (
                    <Text size="sm" c="dimmed">
                        {t('coworkers.never')}
                    </Text>
                )}
                {last && (
                    <Group justify="space-between" wrap="nowrap" gap="sm">
                        <Text size="sm" truncate>
                            {last.name}
                        </Text>
                        <Group gap="xs" wrap="nowrap">
                            <StatusBadge status={last.status} />
                            <Text size="xs" c="dimmed" className={classes.when}>
                                <RelativeTime when={last.updated_at} />
                            </Text>
                        </Group>
                    </Group>
                )}
            </div>
            <Group className={classes.counts} gap="lg">
                <span className={classes.count} data-tone={live_count > 0 ? 'accent' : 'calm'}>
                    {live_count > 0 ? <IconPlayerPlay size={15} aria-hidden /> : <IconZzz size={15} aria-hidden />}
                    {live_count > 0 ? t('coworkers.live', { count: live_count }) : t('coworkers.idle')}
                </span>
                <span className={classes.count} data-tone={pending ? 'warn' : 'calm'}>
                    {pending ? <IconHandStop size={15} aria-hidden /> : <IconInbox size={15} aria-hidden />}
                    {pending ? t('coworkers.inbox', { count: pending }) : t('coworkers.inboxEmpty')}
                </span>
            </Group>
        </Card>
    );
}
