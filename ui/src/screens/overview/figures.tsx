import { Skeleton, Text } from '@mantine/core';
import type { Execution } from '@/api/executions';
import { t } from '@/i18n';
import { formatDuration, formatMoney, formatNumber } from '@/i18n/format';
import classes from './overview.module.css';

type FiguresProps = {
    live: number | undefined;
    waiting: number | undefined;
    executions: Execution[] | undefined;
};

/** The middle one: a single long run says little about the others. */
function medianOf(values: number[]): number | undefined {
    return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function recentOf(executions: Execution[]) {
    const ended = executions.filter(({ status }) => status === 'completed' || status === 'failed');
    const completed = ended.filter(({ status }) => status === 'completed').length;
    const durations = ended.map(({ created_at, end_time }) => ((end_time ?? created_at) - created_at) * 1000);
    return {
        count: executions.length,
        share: ended.length > 0 ? `${Math.round((completed / ended.length) * 100)} %` : '–',
        median: medianOf(durations),
        cost: executions.reduce((sum, { usage }) => sum + (usage?.cost_usd ?? 0), 0),
        tokens: executions.reduce(
            (sum, { usage }) => sum + (usage?.input_tokens ?? 0) + (usage?.output_tokens ?? 0),
            0,
        ),
    };
}

export function Figures({ live, waiting, executions }: FiguresProps) {
    const recent = executions && recentOf(executions);
    const of = recent && t('overview.ofLast', { count: recent.count });
    return (
        <dl className={classes.figures}>
            <Figure
                name={t('overview.live')}
                value={live === undefined ? undefined : formatNumber(live)}
                note={t('overview.liveNote')}
            />
            <Figure
                name={t('overview.needYou')}
                value={waiting === undefined ? undefined : formatNumber(waiting)}
                note={t('overview.needYouNote')}
            />
            <Figure name={t('overview.success')} value={recent?.share} note={of} />
            <Figure
                name={t('overview.median')}
                value={recent && (recent.median === undefined ? '–' : formatDuration(recent.median))}
                note={of}
            />
            <Figure
                name={t('overview.cost')}
                value={recent && formatMoney(recent.cost)}
                note={recent && t('overview.costNote', { tokens: formatNumber(recent.tokens), count: recent.count })}
            />
        </dl>
    );
}

function Figure({ name, value, note }: { name: string; value: string | undefined; note: string | undefined }) {
    return (
        <div className={classes.figure}>
            <dt>{name}</dt>
            <dd>{value ?? <Skeleton height={22} my={3} width={64} />}</dd>
            <dd>
                <Text size="xs" c="dimmed">
                    {note ?? ' '}
                </Text>
            </dd>
        </div>
    );
}
