import { Group, Stack, Text } from '@mantine/core';
import type { AgentOutput } from '@/api/executions';
import { t } from '@/i18n';
import { CopyButton } from '@/parts/copy-button';
import { JsonView } from '@/parts/json-view';
import { Markdown } from '@/parts/markdown';
import { type CallOfStep, CallRow } from './call-row';
import type { Feed, FeedStep } from './feed';
import classes from './steps.module.css';

type StepDetailProps = { output: AgentOutput | undefined; fed: FeedStep | undefined; feed: Feed };
type SkillCall = AgentOutput['skill_calls'][number];

/** The calls of a step: as the stream tells them, with what the execution knows of its tools; else only the latter. */
function callsOf(output: AgentOutput | undefined, fed: FeedStep | undefined): CallOfStep[] {
    const skill_calls: readonly SkillCall[] = output?.skill_calls ?? [];
    if (!fed?.calls.length) return skill_calls.map((skill_call, index) => ({ id: index, skill_call }));
    let tools = 0;
    return fed.calls.map((call) => ({
        id: call.number,
        call,
        skill_call: call.kind === 'tool' ? skill_calls[tools++] : undefined,
    }));
}

export function StepDetail({ output, fed, feed }: StepDetailProps) {
    const text = fed?.output?.text ?? output?.output ?? '';
    const is_done = fed?.output !== undefined || output?.status === 'completed';
    const reason = fed?.output?.decision_reason ?? output?.decision_reason;
    const calls = callsOf(output, fed);
    // What has not come to its end stands at the call that was cut off.
    const is_told = fed?.calls.some((call) => call.state === 'running' || call.text === text);
    return (
        <Stack gap="sm">
            {calls.map(({ id, call, skill_call }) => (
                <CallRow
                    key={id}
                    call={call}
                    skill_call={skill_call}
                    feed={feed}
                    // What the last model call said is the step's output, shown below.
                    hides_text={is_done && call?.text === text}
                />
            ))}
            {reason && <Text size="sm">{t('run.decided', { reason })}</Text>}
            {output?.anomaly && (
                <Text size="sm" className={classes.warning}>
                    {t('run.anomaly', { finding: output.anomaly.finding })}
                </Text>
            )}
            {!is_done && output?.error && !fed && (
                <Text size="sm" className={classes.bad}>
                    {output.error}
                </Text>
            )}
            {text && (is_done || !is_told) && <OutputText text={text} is_partial={!is_done} />}
            {output?.abandoned?.map((cut, index) => (
                <details key={index} className={classes.more}>
                    <summary>{t('run.abandoned')}</summary>
                    <pre className={classes.text}>{cut.output}</pre>
                </details>
            ))}
            <StepData data={fed?.output?.data ?? output?.data} />
        </Stack>
    );
}

function OutputText({ text, is_partial }: { text: string; is_partial: boolean }) {
    const label = is_partial ? t('run.outputSoFar') : t('run.output');
    return (
        <div>
            <Group justify="space-between" gap="xs">
                <Text size="xs" c="dimmed">
                    {label}
                </Text>
                <CopyButton text={text} label={t('run.copyOutput')} />
            </Group>
            <Markdown text={text} />
        </div>
    );
}

/** What a step hands on beside its text: the last answer of each tool. */
function StepData({ data }: { data: unknown }) {
    if (!data || typeof data !== 'object' || Object.keys(data).length === 0) return null;
    return (
        <details className={classes.more}>
            <summary>{t('run.data')}</summary>
            <JsonView value={data} label={t('run.data')} />
        </details>
    );
}
