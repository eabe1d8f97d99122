import { Group, Loader, Text } from '@mantine/core';
import {
    type Icon,
    IconAlertCircle,
    IconCheck,
    IconEye,
    IconFileText,
    IconForms,
    IconHandStop,
    IconMessage,
    IconPlayerStop,
    IconScale,
    IconTool,
} from '@tabler/icons-react';
import type { AgentOutput } from '@/api/executions';
import { type Key, t } from '@/i18n';
import { formatDuration, formatMoney } from '@/i18n/format';
import { JsonView } from '@/parts/json-view';
import type { Call, Feed } from './feed';
import { LiveText } from './live-text';
import classes from './steps.module.css';

type SkillCall = AgentOutput['skill_calls'][number];
export type CallOfStep = { id: number; call?: Call; skill_call?: SkillCall };
type CallRowProps = { call?: Call; skill_call?: SkillCall; feed: Feed; hides_text: boolean };

const kinds: Record<string, [Icon, Key]> = {
    model: [IconMessage, 'run.callModel'],
    tool: [IconTool, 'run.callTool'],
    judge: [IconScale, 'run.callJudge'],
    form: [IconForms, 'run.callForm'],
    preview: [IconEye, 'run.callPreview'],
    anomaly: [IconEye, 'run.callAnomaly'],
    files: [IconFileText, 'run.callFiles'],
};

/** One call of a step: what was asked, what came back, what it took. */
export function CallRow({ call, skill_call, feed, hides_text }: CallRowProps) {
    const [KindIcon, label] = kinds[call?.kind ?? 'tool'] ?? kinds.model ?? [IconMessage, 'run.callModel'];
    const tool = call?.tool ?? skill_call?.tool;
    const error = call?.error?.message ?? skill_call?.error;
    const duration = call?.duration_ms || skill_call?.duration_ms || 0;
    const is_running = call?.state === 'running';
    const was_stopped = call?.error?.code === 'cancelled';
    return (
        <div className={classes.call}>
            <Group gap="xs" wrap="nowrap" className={classes.callHead}>
                <KindIcon size={15} stroke={1.75} aria-hidden />
                <Text size="sm" truncate>
                    {t(label as 'run.callModel')}
                    {tool && <code className={classes.tool}>{tool}</code>}
                </Text>
                <span className={classes.callFacts}>
                    {call && call.attempt > 1 && <span>{t('run.attempt', { count: call.attempt })}</span>}
                    {call && call.tokens > 0 && <span>{t('run.tokensOf', { count: call.tokens })}</span>}
                    {call && call.cost_usd > 0 && <span>{formatMoney(call.cost_usd)}</span>}
                    {duration > 0 && <span>{formatDuration(duration)}</span>}
                    <CallMark state={stateOf(call, error)} />
                </span>
            </Group>
            {call?.earlier.map((each, index) => (
                <Text key={index} size="sm" className={classes.warning}>
                    {t('run.earlier', { count: index + 1, message: each.message })}
                </Text>
            ))}
            {error && (
                <Text size="sm" className={was_stopped ? undefined : classes.bad}>
                    {error}
                    {call?.error?.http_status ? ` (HTTP ${call.error.http_status})` : ''}
                </Text>
            )}
            {call && is_running && call.kind === 'model' && <LiveText call={call} feed={feed} />}
            {call && !is_running && call.text && !hides_text && <pre className={classes.text}>{call.text}</pre>}
            {skill_call && <Exchange skill_call={skill_call} />}
        </div>
    );
}

type CallState = 'running' | 'waiting' | 'done' | 'failed' | 'stopped';

/** Those that a person answers do no work meanwhile. */
const asks_person = ['preview', 'form', 'anomaly'];

function stateOf(call: Call | undefined, error: string | undefined): CallState {
    if (call?.state === 'running') return asks_person.includes(call.kind) ? 'waiting' : 'running';
    if (call?.error?.code === 'cancelled') return 'stopped';
    return error ? 'failed' : 'done';
}

const marks: Record<Exclude<CallState, 'running'>, [Icon, Key, string | undefined]> = {
    waiting: [IconHandStop, 'run.callWaiting', classes.warning],
    done: [IconCheck, 'run.callDone', classes.good],
    failed: [IconAlertCircle, 'run.callFailed', classes.bad],
    stopped: [IconPlayerStop, 'run.callStopped', undefined],
};

function CallMark({ state }: { state: CallState }) {
    if (state === 'running') return <Loader size={14} aria-label={t('run.callRunning')} role="img" />;
    const [Mark, label, tone] = marks[state];
    return <Mark className={tone} size={15} aria-label={t(label as 'run.callDone')} role="img" />;
}

/** The exact input and output of a tool. */
function Exchange({ skill_call }: { skill_call: SkillCall }) {
    return (
        <>
            {skill_call.input !== undefined && (
                <details className={classes.more}>
                    <summary>{t('run.toolInput')}</summary>
                    <JsonView value={skill_call.input} label={t('run.toolInput')} />
                </details>
            )}
            {skill_call.output !== undefined && (
                <details className={classes.more}>
                    <summary>{t('run.toolOutput')}</summary>
                    <JsonView value={skill_call.output} label={t('run.toolOutput')} />
                </details>
            )}
        </>
    );
}
