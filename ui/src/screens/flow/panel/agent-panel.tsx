import { Alert, Button, Group, SegmentedControl, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { IconPlayerPlay, IconTestPipe } from '@tabler/icons-react';
import { t } from '@/i18n';
import { useFlowBuilder } from '../context';
import { type AgentDoc, end_id, isDecision } from '../model/document';
import { start_id } from '../model/edges';
import { connect, patchAgent, targetOf } from '../model/edit';
import { TemplateField } from '../prompt';
import { PromptPreview } from '../prompt/preview';
import { AgentForms } from './agent-forms';
import { Conditions } from './conditions';
import { Control } from './control';
import { FailureRules } from './failure-rules';
import { FieldProblems, Labelled, Section } from './fields';
import { Knowledge } from './knowledge';
import { ModelFields } from './model-fields';
import { Skills } from './skills';
import { TargetSelect } from './target-select';

export type AgentFieldsProps = {
    agent: AgentDoc;
    /** `key` joins what is typed in one field into one step back. */
    set: (patch: Partial<AgentDoc>, key?: string) => void;
    disabled: boolean;
};

export function AgentPanel({ agent, form_fields }: { agent: AgentDoc; form_fields: readonly string[] }) {
    const { builder, may_edit, may_run, runFrom, runAlone, fresh } = useFlowBuilder();
    const { doc, change } = builder;
    const set = (patch: Partial<AgentDoc>, key?: string) =>
        change((now) => patchAgent(now, agent._id, patch), key && `${agent._id} ${key}`);
    const problemsAt = (field: string) =>
        builder.problems.filter((each) => each.agent === agent._id && each.field === field);
    const fields = { agent, set, disabled: !may_edit };
    const is_decision = isDecision(agent);
    const is_first = targetOf(doc, start_id, 'next') === agent._id;

    const changeKind = (kind: string) =>
        set({
            agent_type: kind === 'decision_agent' ? 'decision_agent' : 'skilled_agent',
            conditions:
                kind === 'decision_agent' && agent.conditions.length === 0
                    ? [{ condition: '', decision: end_id }]
                    : agent.conditions,
        });

    return (
        <>
            <section>
                <Stack gap="sm" pb={18}>
                    <div>
                        <TextInput
                            label={t('flow.title')}
                            placeholder={t('flow.titlePlaceholder')}
                            value={agent.title}
                            onChange={(event) => set({ title: event.currentTarget.value }, 'title')}
                            disabled={!may_edit}
                            maxLength={200}
                            autoFocus={fresh === agent._id}
                            onFocus={(event) => fresh === agent._id && event.currentTarget.select()}
                        />
                        <FieldProblems problems={problemsAt('title')} />
                    </div>
                    <Labelled
                        label={t('flow.kind')}
                        hint={is_decision ? t('flow.kindHintDecision') : t('flow.kindHintAgent')}
                    >
                        <SegmentedControl
                            fullWidth
                            aria-label={t('flow.kind')}
                            value={agent.agent_type}
                            onChange={changeKind}
                            disabled={!may_edit}
                            data={[
                                { value: 'skilled_agent', label: t('flow.agent') },
                                { value: 'decision_agent', label: t('flow.decision') },
                            ]}
                        />
                    </Labelled>
                    <TextInput
                        label={t('flow.role')}
                        placeholder={t('flow.rolePlaceholder')}
                        value={agent.role ?? ''}
                        onChange={(event) => set({ role: event.currentTarget.value }, 'role')}
                        disabled={!may_edit}
                    />
                    <Textarea
                        label={t('flow.roleDescription')}
                        value={agent.role_description ?? ''}
                        onChange={(event) => set({ role_description: event.currentTarget.value }, 'role_description')}
                        disabled={!may_edit}
                        minRows={2}
                        maxRows={8}
                    />
                </Stack>
            </section>
            <Section title={t('flow.prompt')} hint={t('flow.promptHint')}>
                <div>
                    <TemplateField
                        key={agent._id}
                        agent={agent}
                        form_fields={form_fields}
                        label={t('flow.promptLabel')}
                        value={agent.prompt.template ?? ''}
                        // The rich text was of the template before.
                        on_change={(template) =>
                            set({ prompt: { ...agent.prompt, template, display_template: '' } }, 'prompt')
                        }
                        rows={is_decision ? 3 : 7}
                    />
                    <FieldProblems problems={problemsAt('prompt.template')} />
                    {/* Without a value in it the prompt is what it prints. */}
                    {agent.prompt.template?.includes('{{') && <PromptPreview template={agent.prompt.template} />}
                </div>
            </Section>
            {is_decision && <Conditions {...fields} form_fields={form_fields} />}
            <Section title={is_decision ? t('flow.elseGoTo') : t('flow.thenGoTo')}>
                <div>
                    <TargetSelect
                        label={is_decision ? t('flow.elseGoTo') : t('flow.thenGoTo')}
                        agent={agent}
                        value={agent.next_agent ?? end_id}
                        on_change={(target) => change((now) => connect(now, agent._id, 'next', target))}
                    />
                    <FieldProblems problems={problemsAt('next_agent')} />
                </div>
                {is_first ? (
                    <Text size="xs" c="dimmed">
                        {t('flow.isFirst')}
                    </Text>
                ) : (
                    may_edit && (
                        <div>
                            <Button
                                variant="default"
                                size="xs"
                                onClick={() => change((now) => connect(now, start_id, 'next', agent._id))}
                            >
                                {t('flow.makeFirst')}
                            </Button>
                        </div>
                    )
                )}
            </Section>
            <ModelFields {...fields} problemsAt={problemsAt} />
            {!is_decision && <Skills {...fields} />}
            <Knowledge {...fields} />
            {!is_decision && <Control {...fields} />}
            <AgentForms {...fields} />
            <FailureRules {...fields} />
            {may_run && (
                <Section title={t('flow.run')} hint={t('flow.runFromHint')}>
                    <Group gap="xs">
                        <Button
                            variant="default"
                            size="xs"
                            leftSection={<IconPlayerPlay size={14} stroke={1.75} />}
                            onClick={() => runFrom(agent._id)}
                        >
                            {t('flow.runFrom')}
                        </Button>
                        <Button
                            variant="default"
                            size="xs"
                            leftSection={<IconTestPipe size={14} stroke={1.75} />}
                            onClick={() => runAlone(agent._id)}
                        >
                            {t('flow.runAlone')}
                        </Button>
                    </Group>
                </Section>
            )}
            {builder.problems
                .filter(({ agent: of, field, code }) => of === agent._id && code === 'server' && !known.test(field))
                .map((problem) => (
                    <Alert key={problem.field} color="red" mt="sm" p="xs">
                        <Text size="xs">
                            {problem.field}: {problem.word}
                        </Text>
                    </Alert>
                ))}
        </>
    );
}

/** Fields at which a fault is shown. */
const known = /^(title|prompt\.template|next_agent|llm\.\w+|skills\.\d+|conditions|pre_and_post_execution_input\.)/;
