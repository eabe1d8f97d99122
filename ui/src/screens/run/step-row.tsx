import { Loader, UnstyledButton, VisuallyHidden } from '@mantine/core';
import {
    type Icon,
    IconAlertCircle,
    IconChevronRight,
    IconCircleCheck,
    IconCircleDashed,
    IconHandStop,
    IconPlayerPause,
    IconPlayerStop,
} from '@tabler/icons-react';
import { memo, useEffect, useRef } from 'react';
import type { AgentOutput } from '@/api/executions';
import type { TaskStatus } from '@/api/tasks';
import { t } from '@/i18n';
import { formatDateTime, formatDuration, formatMoney, formatNumber } from '@/i18n/format';
import { Elapsed } from '@/parts/elapsed';
import { statusText } from '@/parts/status-badge';
import type { Feed, FeedStep } from './feed';
import { StepDetail } from './step-detail';
import { durationOf, type Span } from './step-view';
import classes from './steps.module.css';

export type StepRowProps = {
    index: number;
    output: AgentOutput | undefined;
    fed: FeedStep | undefined;
    feed: Feed;
    state: TaskStatus;
    span: Span | undefined;
    is_wanted: boolean;
    opened: boolean;
    on_toggle: (index: number) => void;
};

const icons: Record<Exclude<TaskStatus, 'running'>, Icon> = {
    ready: IconCircleDashed,
    input_required: IconHandStop,
    paused: IconPlayerPause,
    completed: IconCircleCheck,
    failed: IconAlertCircle,
    cancelled: IconPlayerStop,
};

function StateMark({ state }: { state: TaskStatus }) {
    if (state === 'running') return <Loader size={16} aria-hidden />;
    const Mark = icons[state];
    return <Mark size={17} stroke={1.75} aria-hidden />;
}

export const StepRow = memo(function StepRow(props: StepRowProps) {
    const { index, output, fed, state, span, is_wanted, opened, on_toggle } = props;
    const row = useRef<HTMLLIElement>(null);
    // Once, when its address is opened.
    useEffect(() => {
        if (is_wanted) row.current?.scrollIntoView({ block: 'center' });
    }, []);
    const tokens = fed?.tokens || output?.tokens || 0;
    const cost = fed?.cost_usd || output?.usage?.cost_usd || 0;
    return (
        <li ref={row} className={classes.step} data-state={state}>
            <UnstyledButton className={classes.stepHead} aria-expanded={opened} onClick={() => on_toggle(index)}>
                <IconChevronRight className={classes.chevron} size={15} stroke={1.75} aria-hidden />
                <span className={classes.mark}>
                    <StateMark state={state} />
                    <VisuallyHidden>{statusText(state)}</VisuallyHidden>
                </span>
                <span className={classes.number}>{formatNumber(index + 1)}</span>
                <span className={classes.title}>{fed?.title || output?.title || t('run.step')}</span>
                <span className={classes.track} aria-hidden>
                    {span && <span style={{ left: `${span.from}%`, width: `${span.length}%` }} />}
                </span>
                <span className={classes.stepTokens}>
                    {tokens > 0 && t('run.tokensOf', { count: tokens })}
                    {cost > 0 && ` · ${formatMoney(cost)}`}
                </span>
                <span
                    className={classes.stepTime}
                    title={span && `${t('run.startedAt')}: ${formatDateTime(span.began_at)}`}
                >
                    <StepTime {...props} />
                </span>
            </UnstyledButton>
            {opened && (
                <div className={classes.stepBody}>
                    <StepDetail {...props} />
                </div>
            )}
        </li>
    );
});

function StepTime({ output, fed, state, span }: StepRowProps) {
    if (state === 'running' && span) return <Elapsed from={span.began_at} />;
    const duration = durationOf(output, fed);
    return duration > 0 ? formatDuration(duration) : '–';
}
