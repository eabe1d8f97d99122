import { Anchor, Select, Stack, Switch, Text, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { failoversQuery, flowsQuery } from '@/api/flows';
import { settingsQuery } from '@/api/settings';
import { t } from '@/i18n';
import { useFlowBuilder } from '../context';
import type { FlowDoc } from '../model/document';
import { Anomaly } from './anomaly';
import { FieldProblems, NumberField, Section } from './fields';
import { FlowBudgets } from './flow-budgets';

const year_s = 31_536_000;

export type FlowFieldsProps = {
    doc: FlowDoc;
    set: (patch: Partial<FlowDoc>, key?: string) => void;
    disabled: boolean;
};

/** What belongs to the flow as a whole. */
export function FlowPanel() {
    const { builder, may_edit } = useFlowBuilder();
    const { doc, change, problems } = builder;
    const set = (patch: Partial<FlowDoc>, key?: string) =>
        change((now) => ({ ...now, ...patch }), key && `flow ${key}`);
    const text = (name: 'name' | 'description' | 'role' | 'default_goal') => ({
        value: doc[name],
        onChange: (event: { currentTarget: { value: string } }) => set({ [name]: event.currentTarget.value }, name),
        disabled: !may_edit,
    });
    const fields = { doc, set, disabled: !may_edit };
    return (
        <>
            <section>
                <Stack gap="sm" pb={18}>
                    <div>
                        <TextInput label={t('flow.name')} maxLength={200} {...text('name')} />
                        <FieldProblems
                            problems={problems.filter(
                                ({ agent, field }) => !agent && (field === 'name' || field === 'agents'),
                            )}
                        />
                    </div>
                    <Textarea label={t('flow.description')} minRows={2} maxRows={8} {...text('description')} />
                    <TextInput label={t('flow.flowRole')} {...text('role')} />
                    <Textarea
                        label={t('flow.defaultGoal')}
                        description={t('flow.defaultGoalHint')}
                        minRows={2}
                        maxRows={8}
                        {...text('default_goal')}
                    />
                </Stack>
            </section>
            <Anomaly {...fields} />
            <Failure {...fields} />
            <InputForm />
            <FlowBudgets />
        </>
    );
}

function Failure({ doc, set, disabled }: FlowFieldsProps) {
    const { project, flow_id } = useFlowBuilder();
    const others = useQuery(flowsQuery(project)).data?.agentflows.filter(({ _id }) => _id !== flow_id) ?? [];
    const stand_in = useQuery(failoversQuery(project, flow_id)).data?.agentflows.find(({ isActive }) => isActive);
    return (
        <Section title={t('flow.failure')}>
            <NumberField
                label={t('flow.executionTimeout')}
                value={doc.execution_timeout_s}
                on_change={(execution_timeout_s) => set({ execution_timeout_s }, 'execution_timeout_s')}
                min={0.1}
                max={year_s}
                decimals={1}
                suffix={t('flow.seconds')}
                placeholder={t('flow.noLimit')}
                disabled={disabled}
            />
            <Select
                label={t('flow.failover')}
                description={t('flow.failoverHint')}
                placeholder={t('flow.failoverNone')}
                data={others.map(({ _id, name }) => ({ value: _id, label: name }))}
                value={doc.parent_agentflow_id}
                onChange={(parent_agentflow_id) => set({ parent_agentflow_id })}
                allowDeselect
                clearable
                searchable
                disabled={disabled}
                clearButtonProps={{ 'aria-label': t('flow.failoverNone') }}
            />
            {doc.parent_agentflow_id && (
                <>
                    <Textarea
                        label={t('flow.failoverGoal')}
                        value={doc.failover_goal ?? ''}
                        onChange={(event) => set({ failover_goal: event.currentTarget.value || null }, 'failover_goal')}
                        minRows={2}
                        disabled={disabled}
                    />
                    <Switch
                        label={t('flow.active')}
                        description={t('flow.activeHint')}
                        checked={doc.isActive}
                        onChange={(event) => set({ isActive: event.currentTarget.checked })}
                        disabled={disabled}
                    />
                </>
            )}
            {stand_in && (
                <Text size="xs" c="dimmed">
                    {t('flow.takesOver', { name: stand_in.name })}
                </Text>
            )}
        </Section>
    );
}

/** The form that the coworker's settings have of this flow. */
function InputForm() {
    const { project, flow_id, may_edit } = useFlowBuilder();
    const settings = useQuery(settingsQuery(project)).data;
    const form = settings?.input_forms.find(({ agentflow_id }) => agentflow_id === flow_id);
    return (
        <Section title={t('flow.inputForm')}>
            <Text size="sm" c="dimmed">
                {form
                    ? t('flow.inputFormFields', {
                          count: form.fields.length,
                          names: form.fields.map(({ name, label }) => label || name).join(', '),
                      })
                    : t('flow.inputFormNone')}
            </Text>
            {may_edit && (
                <Anchor component={Link} to={`/p/${project}/settings/forms`} size="xs">
                    {t('flow.editInSettings')}
                </Anchor>
            )}
        </Section>
    );
}
