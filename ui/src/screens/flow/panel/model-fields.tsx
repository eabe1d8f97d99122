import { Autocomplete, Group, TagsInput } from '@mantine/core';
import { t } from '@/i18n';
import { useFlowBuilder } from '../context';
import type { Llm } from '../model/document';
import type { Problem } from '../model/validate';
import type { AgentFieldsProps } from './agent-panel';
import { FieldProblems, NumberField, Section } from './fields';

const fallbacks_max = 5;
const tokens_max = 1_000_000;

type ModelFieldsProps = AgentFieldsProps & { problemsAt: (field: string) => Problem[] };

export function ModelFields({ agent, set, disabled, problemsAt }: ModelFieldsProps) {
    const { models, default_model, builder } = useFlowBuilder();
    const llm = agent.llm ?? {};
    const change = (patch: Llm, key?: string) => set({ llm: { ...llm, ...patch } }, key);
    const fallback_problems = builder.problems.filter(
        (each) => each.agent === agent._id && each.field.startsWith('llm.fallbacks'),
    );
    return (
        <Section title={t('flow.model')} hint={t('flow.modelHint')}>
            <div>
                <Autocomplete
                    size="sm"
                    aria-label={t('flow.model')}
                    placeholder={default_model}
                    data={[...models]}
                    value={llm.model ?? ''}
                    onChange={(model) => change({ model }, 'model')}
                    disabled={disabled}
                    maxLength={200}
                />
                <FieldProblems problems={problemsAt('llm.model')} />
            </div>
            <Group grow gap="sm" align="flex-start">
                <NumberField
                    label={t('flow.temperature')}
                    value={llm.temperature}
                    on_change={(temperature) => change({ temperature: temperature ?? 0 }, 'temperature')}
                    min={0}
                    max={2}
                    step={0.1}
                    decimals={2}
                    disabled={disabled}
                />
                <NumberField
                    label={t('flow.maxTokens')}
                    value={llm.max_tokens}
                    on_change={(max_tokens) => change({ max_tokens: max_tokens ?? undefined }, 'max_tokens')}
                    min={1}
                    max={tokens_max}
                    placeholder="4096"
                    disabled={disabled}
                />
            </Group>
            <FieldProblems problems={[...problemsAt('llm.temperature'), ...problemsAt('llm.max_tokens')]} />
            <div>
                <TagsInput
                    size="sm"
                    label={t('flow.fallbacks')}
                    description={t('flow.fallbacksHint')}
                    data={[...models]}
                    value={llm.fallbacks ?? []}
                    onChange={(fallbacks) => change({ fallbacks })}
                    maxTags={fallbacks_max}
                    disabled={disabled}
                    acceptValueOnBlur
                />
                <FieldProblems problems={fallback_problems} />
            </div>
        </Section>
    );
}
