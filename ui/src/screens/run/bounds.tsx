import { Text } from '@mantine/core';
import type { Execution } from '@/api/executions';
import { t } from '@/i18n';

/** Of a run of a part of its flow: which. */
export function Bounds({ execution }: { execution: Execution }) {
    const { start_from_agent_id, stop_after_agent_id, agentflow } = execution;
    const titleOf = (id: string | null | undefined) =>
        id && (agentflow.agents?.find(({ _id }) => _id === id)?.title ?? id);
    const from = titleOf(start_from_agent_id);
    const until = titleOf(stop_after_agent_id);
    if (!from && !until) return null;
    const text = () => {
        if (!until) return t('run.from', { title: from ?? '' });
        if (!from) return t('run.until', { title: until });
        if (start_from_agent_id === stop_after_agent_id) return t('run.alone', { title: from });
        return t('run.fromUntil', { from, until });
    };
    return (
        <Text size="sm" c="dimmed">
            {text()}
        </Text>
    );
}
