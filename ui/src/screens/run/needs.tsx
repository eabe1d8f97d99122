import { Button, Group, Text } from '@mantine/core';
import { IconClockPause, IconHandStop } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Execution } from '@/api/executions';
import { waitingQuery } from '@/api/waiting';
import { t } from '@/i18n';
import { formatDateTime } from '@/i18n/format';
import type { Feed } from './feed';
import classes from './run.module.css';

/** What a live run waits for, and where to give it. */
export function Needs({ project, execution, feed }: { project: string; execution: Execution; feed: Feed }) {
    const needs_person = execution.status === 'input_required' || feed.status === 'input_required';
    const items = useQuery({ ...waitingQuery(project), enabled: needs_person }).data?.inbox_requests;
    const wait = feed.steps.at(-1)?.wait;
    if (needs_person) {
        const { execution_id, _id } = execution;
        const item = items?.find((each) => each.execution_id === execution_id || each.execution_id === _id);
        return (
            <Group className={classes.note} data-tone="warn" justify="space-between" gap="sm">
                <Group gap="sm" wrap="nowrap" flex={1} miw={220}>
                    <IconHandStop size={20} stroke={1.75} aria-hidden />
                    <Text size="sm">{item?.summary ?? t('run.needsPerson')}</Text>
                </Group>
                <Button component={Link} to={`/p/${project}/inbox${item ? `/${item._id}` : ''}`} variant="default">
                    {t('run.answer')}
                </Button>
            </Group>
        );
    }
    if (!wait) return null;
    return (
        <Group className={classes.note} gap="sm" wrap="nowrap">
            <IconClockPause size={20} stroke={1.75} aria-hidden />
            <Text size="sm">
                {wait.message} {wait.wake_at && t('run.wakesAt', { at: formatDateTime(wait.wake_at) })}
            </Text>
        </Group>
    );
}
