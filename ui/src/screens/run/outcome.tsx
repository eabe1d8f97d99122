import { Group, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { Execution } from '@/api/executions';
import type { Task } from '@/api/tasks';
import { type Key, t } from '@/i18n';
import { CopyButton } from '@/parts/copy-button';
import { Markdown } from '@/parts/markdown';
import classes from './run.module.css';
import { StopReport } from './stop-report';

/** What came of it: the conclusion, why it failed, or what a stop did. */
export function Outcome({ task, execution, code }: { task: Task; execution: Execution; code: string | undefined }) {
    const conclusion = execution.conclusion?.conclusion;
    return (
        <>
            {execution.error && <Failure execution={execution} code={code} />}
            {execution.stop && <StopReport stop={execution.stop} task_stop={task.stop} />}
            {conclusion && (
                <section aria-labelledby="conclusion">
                    <Group justify="space-between" mb="xs">
                        <Title order={2} id="conclusion">
                            {t('run.conclusion')}
                        </Title>
                        <CopyButton text={conclusion} label={t('run.copyConclusion')} />
                    </Group>
                    <div className={classes.conclusion}>
                        <Markdown text={conclusion} />
                    </div>
                </section>
            )}
        </>
    );
}

const advice: Record<string, Key> = {
    prompt: 'run.advicePrompt',
    model_unconfigured: 'run.adviceModelKey',
    model_refused: 'run.adviceModelRefused',
    model_busy: 'run.adviceBusy',
    model_unavailable: 'run.adviceBusy',
    model_answer: 'run.adviceAnswer',
    tool_unavailable: 'run.adviceTool',
    out_of_context: 'run.adviceContext',
    output_limit: 'run.adviceOutput',
    turn_limit: 'run.adviceTurns',
    budget_exceeded: 'run.adviceBudget',
};

function Failure({ execution, code }: { execution: Execution; code: string | undefined }) {
    const last = execution.debug?.at(-1);
    const agent = execution.agents_output.findLast(({ error }) => error)?.title;
    const hint = advice[code ?? last?.code ?? ''] ?? 'run.adviceElse';
    return (
        <Group className={classes.note} data-tone="bad" role="alert" align="flex-start" gap="sm" wrap="nowrap">
            <IconAlertTriangle size={20} stroke={1.75} aria-hidden />
            <Stack gap={4} miw={0}>
                <Title order={2} fz="md" lh="20px">
                    {agent ? t('run.failedAt', { agent }) : t('run.failed')}
                </Title>
                <Text size="sm" className={classes.words}>
                    {execution.error}
                </Text>
                <Text size="sm" c="dimmed">
                    {t(hint as 'run.adviceElse')} {execution.failover_execution_id ? t('run.failoverTookOver') : ''}
                </Text>
            </Stack>
        </Group>
    );
}
