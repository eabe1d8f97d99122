import { Button, Group, Modal, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconForms } from '@tabler/icons-react';
import { useState } from 'react';
import { t } from '@/i18n';
import { FormEditor } from '@/parts/form-editor';
import { useFlowBuilder } from '../context';
import { type AskedForm, askedOf, askedPath, fieldOf, form_kinds, type When, withForm } from '../model/forms';
import type { AgentFieldsProps } from './agent-panel';
import { FieldProblems, Section } from './fields';

const times = ['pre', 'post'] as const satisfies readonly When[];
const first_field = { field_id: 'answer', label: '', type: 'short_text', required: true };

/** What people are asked before the agent begins, and about what it brought. */
export function AgentForms(props: AgentFieldsProps) {
    const { agent, set } = props;
    const [open, setOpen] = useState<When>();
    const [shown, setShown] = useState<When>('pre');
    const edit = (when: When) => {
        const form = agent.pre_and_post_execution_input?.[when];
        if (!form?.fields?.length)
            set({ pre_and_post_execution_input: withForm(agent, when, { ...form, fields: [first_field] }) });
        setShown(when);
        setOpen(when);
    };
    return (
        <Section title={t('flow.forms')} hint={t('flow.formsHint')}>
            {times.map((when) => (
                <Summary key={when} {...props} when={when} on_edit={() => edit(when)} />
            ))}
            <FormDialog {...props} when={shown} opened={open !== undefined} on_close={() => setOpen(undefined)} />
        </Section>
    );
}

const whenName = (when: When) => (when === 'pre' ? t('flow.formPre') : t('flow.formPost'));

/** Of one form, below `pre_and_post_execution_input.pre`. */
function useProblems({ agent }: AgentFieldsProps, when: When) {
    const { builder } = useFlowBuilder();
    const prefix = `pre_and_post_execution_input.${when}`;
    const problems = builder.problems.filter(({ agent: of, field }) => of === agent._id && field.startsWith(prefix));
    const at = (path: string) => problems.find(({ field }) => field === `${prefix}.${askedPath(path)}`)?.word;
    return { problems, at };
}

function Summary(props: AgentFieldsProps & { when: When; on_edit: () => void }) {
    const { agent, disabled, when, on_edit } = props;
    const { problems } = useProblems(props, when);
    const fields = agent.pre_and_post_execution_input?.[when]?.fields ?? [];
    const names = fields.map(({ label, field_id }) => label || field_id).join(', ');
    const deed = fields.length > 0 ? t('flow.formEdit') : t('flow.formAdd');
    return (
        <div>
            <Group justify="space-between" wrap="nowrap" gap="sm">
                <div>
                    <Text size="sm" fw={500}>
                        {whenName(when)}
                    </Text>
                    <Text size="xs" c="dimmed" lineClamp={2}>
                        {names ? t('flow.formAsks', { names }) : t('flow.formNone')}
                    </Text>
                </div>
                {!disabled && (
                    <Button
                        flex="none"
                        variant="default"
                        size="xs"
                        leftSection={<IconForms size={14} stroke={1.75} />}
                        aria-label={`${deed}: ${whenName(when)}`}
                        onClick={on_edit}
                    >
                        {deed}
                    </Button>
                )}
            </Group>
            <FieldProblems problems={problems} />
        </div>
    );
}

type FormDialogProps = AgentFieldsProps & { when: When; opened: boolean; on_close: () => void };

/** Changes are the flow's at once: it is saved with them, and undo takes them back. */
function FormDialog(props: FormDialogProps) {
    const { agent, set, when, opened, on_close } = props;
    const { at } = useProblems(props, when);
    const is_phone = useMediaQuery('(max-width: 48em)');
    const form: AskedForm = agent.pre_and_post_execution_input?.[when] ?? {};
    const put = (patch: AskedForm, key?: string) =>
        set({ pre_and_post_execution_input: withForm(agent, when, { ...form, ...patch }) }, key && `${when} ${key}`);
    const name = `${agent.title || t('flow.untitled')} · ${whenName(when)}`;
    return (
        <Modal
            opened={opened}
            onClose={on_close}
            size={880}
            fullScreen={is_phone}
            title={name}
            closeButtonProps={{ 'aria-label': t('parts.close') }}
        >
            <Stack gap="md">
                <TextInput
                    label={t('flow.formTitle')}
                    value={form.title ?? ''}
                    error={at('title')}
                    onChange={(event) => put({ title: event.currentTarget.value }, 'title')}
                />
                <Textarea
                    label={t('flow.formDescription')}
                    value={form.description ?? ''}
                    error={at('description')}
                    onChange={(event) => put({ description: event.currentTarget.value }, 'description')}
                    minRows={2}
                    maxRows={6}
                />
                <FormEditor<string>
                    name={name}
                    kinds={form_kinds}
                    fields={form.fields?.map(fieldOf) ?? []}
                    on_change={(fields) => put({ fields: fields.map(askedOf) }, `fields ${fields.length}`)}
                    at={at}
                    may_edit
                />
                <Group justify="space-between">
                    <Button
                        variant="subtle"
                        color="gray"
                        onClick={() => {
                            put({ title: '', description: '', fields: [] });
                            on_close();
                        }}
                    >
                        {t('flow.formRemove')}
                    </Button>
                    <Button onClick={on_close}>{t('flow.formDone')}</Button>
                </Group>
            </Stack>
        </Modal>
    );
}
