import { ActionIcon, Button, Group, Stack, Text, Tooltip } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { t } from '@/i18n';
import { isExpression } from '@/parts/templates/parse';
import { useFlowBuilder } from '../context';
import { end_id } from '../model/document';
import { TemplateField } from '../prompt';
import type { AgentFieldsProps } from './agent-panel';
import { FieldProblems, Section } from './fields';
import classes from './panel.module.css';
import { TargetSelect } from './target-select';

const conditions_max = 64;

export function Conditions({
    agent,
    set,
    disabled,
    form_fields,
}: AgentFieldsProps & { form_fields: readonly string[] }) {
    const { builder } = useFlowBuilder();
    const { conditions } = agent;
    const problemsAt = (field: string) =>
        builder.problems.filter((each) => each.agent === agent._id && each.field === field);
    const change = (index: number, patch: Partial<(typeof conditions)[number]>, key?: string) =>
        set({ conditions: conditions.map((each, at) => (at === index ? { ...each, ...patch } : each)) }, key);
    return (
        <Section title={t('flow.conditions')} hint={t('flow.conditionsHint')}>
            {conditions.map(({ condition, decision }, index) => {
                const number = index + 1;
                return (
                    <Stack key={index} gap={6} className={classes.branch}>
                        <Group justify="space-between" wrap="nowrap" mih={28}>
                            <Text size="sm" fw={500}>
                                {t('flow.condition', { number })}
                                {condition.trim() && (
                                    <Text span size="xs" c="dimmed" ml={8}>
                                        {isExpression(condition) ? t('flow.isExpression') : t('flow.isSentence')}
                                    </Text>
                                )}
                            </Text>
                            {!disabled && (
                                <Tooltip label={t('flow.removeCondition', { number })}>
                                    <ActionIcon
                                        size={28}
                                        aria-label={t('flow.removeCondition', { number })}
                                        onClick={() => set({ conditions: conditions.toSpliced(index, 1) })}
                                    >
                                        <IconTrash size={16} stroke={1.75} />
                                    </ActionIcon>
                                </Tooltip>
                            )}
                        </Group>
                        <div>
                            <TemplateField
                                agent={agent}
                                form_fields={form_fields}
                                label={t('flow.condition', { number })}
                                placeholder={t('flow.conditionPlaceholder')}
                                value={condition}
                                on_change={(text) => change(index, { condition: text }, `condition ${index}`)}
                                rows={1}
                            />
                            <FieldProblems problems={problemsAt(`conditions.${index}.condition`)} />
                        </div>
                        <div>
                            <TargetSelect
                                label={`${t('flow.goTo')} ${number}`}
                                agent={agent}
                                value={decision || end_id}
                                on_change={(target) => change(index, { decision: target })}
                            />
                            <FieldProblems problems={problemsAt(`conditions.${index}.decision`)} />
                        </div>
                    </Stack>
                );
            })}
            <FieldProblems problems={problemsAt('conditions')} />
            {!disabled && conditions.length < conditions_max && (
                <div>
                    <Button
                        variant="default"
                        size="xs"
                        leftSection={<IconPlus size={14} />}
                        onClick={() => set({ conditions: [...conditions, { condition: '', decision: end_id }] })}
                    >
                        {t('flow.addCondition')}
                    </Button>
                </div>
            )}
        </Section>
    );
}
