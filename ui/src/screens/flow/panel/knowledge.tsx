import { Checkbox, MultiSelect, SegmentedControl } from '@mantine/core';
import { t } from '@/i18n';
import { useFlowBuilder } from '../context';
import type { AgentFieldsProps } from './agent-panel';
import { Labelled, Section } from './fields';

export function Knowledge({ agent, set, disabled }: AgentFieldsProps) {
    const { builder } = useFlowBuilder();
    const others = builder.doc.agents.filter(({ _id }) => _id !== agent._id);
    return (
        <Section title={t('flow.knows')}>
            <MultiSelect
                size="sm"
                label={t('flow.context')}
                description={t('flow.contextHint')}
                placeholder={agent.context?.length ? undefined : others.length ? '' : t('flow.contextPlaceholder')}
                data={others.map(({ _id, title }) => ({ value: _id, label: title || t('flow.untitled') }))}
                value={agent.context ?? []}
                onChange={(context) => set({ context })}
                disabled={disabled || others.length === 0}
                searchable={others.length > 8}
            />
            <Labelled label={t('flow.memory')}>
                <SegmentedControl
                    fullWidth
                    aria-label={t('flow.memory')}
                    value={agent.memory?.memory_type ?? 'short_term'}
                    onChange={(memory_type) => set({ memory: { memory_type } })}
                    disabled={disabled}
                    data={[
                        { value: 'short_term', label: t('flow.memoryShort') },
                        { value: 'lt', label: t('flow.memoryLong') },
                    ]}
                />
            </Labelled>
            <Checkbox
                size="sm"
                label={t('flow.knowledgeBase')}
                checked={agent.has_knowledge_base ?? false}
                onChange={(event) => set({ has_knowledge_base: event.currentTarget.checked })}
                disabled={disabled}
            />
        </Section>
    );
}
