import { ActionIcon, Button, Group, Stack, Switch, Text, Textarea, TextInput, Tooltip } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { t } from '@/i18n';
import { parseTemplate } from '@/parts/templates/parse';
import { useFlowBuilder } from '../context';
import { problemText } from '../problem-text';
import { Section } from './fields';
import type { FlowFieldsProps } from './flow-panel';

type Rule = string | { condition: string; finding?: string };

const conditionOf = (rule: Rule) => (typeof rule === 'string' ? rule : rule.condition);

function mistakeIn(text: string): string | undefined {
    const [template] = parseTemplate(text).problems;
    return template && problemText({ code: 'template', template });
}

export function Anomaly({ doc, set, disabled }: FlowFieldsProps) {
    const { problems } = useFlowBuilder().builder;
    const refusedAt = (index: number) =>
        problems.find(({ field }) => field === `anomaly_detection.rules.${index}`)?.word;
    const { is_enabled = false, instructions = '', rules = [] } = doc.anomaly_detection;
    const change = (patch: typeof doc.anomaly_detection, key?: string) =>
        set({ anomaly_detection: { ...doc.anomaly_detection, ...patch } }, key);
    const changeRule = (index: number, condition: string) => {
        const rule = rules[index];
        const next: Rule = typeof rule === 'object' ? { ...rule, condition } : condition;
        change({ rules: rules.with(index, next) }, `rule ${index}`);
    };
    return (
        <Section title={t('flow.anomalies')}>
            <Switch
                label={t('flow.anomaly')}
                description={t('flow.anomalyHint')}
                checked={is_enabled}
                onChange={(event) => change({ is_enabled: event.currentTarget.checked })}
                disabled={disabled}
            />
            {is_enabled && (
                <>
                    <Textarea
                        label={t('flow.anomalyInstructions')}
                        placeholder={t('flow.anomalyPlaceholder')}
                        value={instructions}
                        onChange={(event) => change({ instructions: event.currentTarget.value }, 'instructions')}
                        minRows={2}
                        disabled={disabled}
                    />
                    <Stack gap={6}>
                        <Text size="sm" fw={500}>
                            {t('flow.rules')}
                        </Text>
                        <Text size="xs" c="dimmed">
                            {t('flow.rulesHint')}
                        </Text>
                        {rules.map((rule, index) => {
                            const number = index + 1;
                            return (
                                <Group key={index} gap={4} wrap="nowrap" align="flex-start">
                                    <TextInput
                                        flex={1}
                                        ff="monospace"
                                        aria-label={t('flow.rule', { number })}
                                        value={conditionOf(rule)}
                                        error={refusedAt(index) ?? mistakeIn(conditionOf(rule))}
                                        onChange={(event) => changeRule(index, event.currentTarget.value)}
                                        disabled={disabled}
                                    />
                                    {!disabled && (
                                        <Tooltip label={t('flow.removeRule', { number })}>
                                            <ActionIcon
                                                aria-label={t('flow.removeRule', { number })}
                                                onClick={() => change({ rules: rules.toSpliced(index, 1) })}
                                            >
                                                <IconTrash size={16} stroke={1.75} />
                                            </ActionIcon>
                                        </Tooltip>
                                    )}
                                </Group>
                            );
                        })}
                        {!disabled && (
                            <div>
                                <Button
                                    variant="default"
                                    size="xs"
                                    leftSection={<IconPlus size={14} />}
                                    onClick={() => change({ rules: [...rules, '{{  }}'] })}
                                >
                                    {t('flow.addRule')}
                                </Button>
                            </div>
                        )}
                    </Stack>
                </>
            )}
        </Section>
    );
}
