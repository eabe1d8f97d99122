import { Group, Stack, Text, Title } from '@mantine/core';
import { IconPlayerStop } from '@tabler/icons-react';
import type { Execution } from '@/api/executions';
import type { Task } from '@/api/tasks';
import { type Key, t } from '@/i18n';
import { formatDateTime, formatDuration, formatMoney, formatNumber } from '@/i18n/format';
import classes from './run.module.css';

type Stop = NonNullable<Execution['stop']>;
type Aborted = NonNullable<Stop['aborted']>;

const fates = {
    aborting: 'run.fateAborting',
    aborted: 'run.fateAborted',
    failed: 'run.fateFailed',
    unknown: 'run.fateUnknown',
} satisfies Record<Aborted['status'], Key>;

/** What a stop cut off, and what had happened before it. */
export function StopReport({ stop, task_stop }: { stop: Stop; task_stop: Task['stop'] }) {
    const { aborted, done_count, may_have_acted_count, may_have_acted, paid, stopped_by } = stop;
    const name = stopped_by?.name || task_stop?.stopped_by?.name;
    const at = formatDateTime(stop.stopped_at);
    return (
        <Group className={classes.note} align="flex-start" gap="sm" wrap="nowrap">
            <IconPlayerStop size={20} stroke={1.75} aria-hidden />
            <Stack gap={6} miw={0} flex={1}>
                <Title order={2} fz="md" lh="20px">
                    {name ? t('run.stoppedBy', { name, at }) : t('run.stoppedAt', { at })}
                </Title>
                <Text size="sm">{aborted ? <AbortedCall aborted={aborted} /> : t('run.nothingAborted')}</Text>
                <Text size="sm">
                    {t('run.doneBefore', { count: done_count })}{' '}
                    {may_have_acted_count > 0
                        ? t('run.actedBefore', { count: may_have_acted_count })
                        : t('run.nothingActed')}
                </Text>
                {may_have_acted.length > 0 && (
                    <ul className={classes.acts}>
                        {may_have_acted.map((act) => (
                            <li key={`${act.ended_at} ${act.tool} ${act.attempt}`}>
                                {t('run.act', { tool: act.tool ?? act.call, agent: act.title })}{' '}
                                <Text span size="xs" c="dimmed">
                                    {formatDateTime(act.ended_at)}
                                    {act.status === 'failed' && ` · ${t('run.callFailed')}`}
                                </Text>
                            </li>
                        ))}
                    </ul>
                )}
                <Text size="sm" c="dimmed">
                    {t('run.paid', {
                        tokens: formatNumber((paid.input_tokens ?? 0) + (paid.output_tokens ?? 0)),
                        cost: formatMoney(paid.cost_usd ?? 0),
                    })}
                </Text>
            </Stack>
        </Group>
    );
}

function AbortedCall({ aborted }: { aborted: Aborted }) {
    const what = aborted.tool ?? aborted.model ?? aborted.call;
    return (
        <>
            {t(fates[aborted.status], { what, agent: aborted.title, duration: formatDuration(aborted.duration_ms) })}
            {aborted.may_have_acted && ` ${t('run.mayHaveActed')}`}
        </>
    );
}
