import { Button, Menu, Text } from '@mantine/core';
import { IconForms, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type Flow, flowsQuery } from '@/api/flows';
import type { InputForm } from '@/api/settings';
import { t } from '@/i18n';
import { EmptyState } from '@/parts/empty-state';
import { FormEditor } from '@/parts/form-editor';
import { input_kinds } from '@/parts/form-editor/field';
import { SettingsGroup } from '@/parts/settings-group';
import type { SectionProps } from '.';
import { SectionForm } from './section-form';

/** What somebody fills in who starts a flow. */
export function FormsSection({ project }: SectionProps) {
    const flows = useQuery(flowsQuery(project)).data?.agentflows ?? [];
    return (
        <SectionForm
            project={project}
            read={({ input_forms }) => input_forms}
            patch={(input_forms) => ({ input_forms })}
        >
            {({ value, set, at, may_edit }) => {
                const free = flows.filter(({ _id }) => !value.some(({ agentflow_id }) => agentflow_id === _id));
                const add = may_edit && free.length > 0 && (
                    <AddForm
                        flows={free}
                        on_add={(agentflow_id) =>
                            set([
                                ...value,
                                { agentflow_id, fields: [{ name: 'topic', kind: 'short_text', required: true }] },
                            ])
                        }
                    />
                );
                return (
                    <>
                        <SettingsGroup title={t('forms.title')} lead={t('forms.lead')} action={value.length > 0 && add}>
                            {value.length === 0 && (
                                <EmptyState
                                    icon={IconForms}
                                    title={t('forms.emptyTitle')}
                                    text={flows.length === 0 ? t('forms.noFlows') : t('forms.emptyText')}
                                    action={add}
                                />
                            )}
                        </SettingsGroup>
                        {value.map((form, index) => (
                            <OneForm
                                key={form.agentflow_id}
                                form={form}
                                flow={flows.find(({ _id }) => _id === form.agentflow_id)}
                                on_change={(next) => set(value.map((old, each) => (each === index ? next : old)))}
                                on_remove={() => set(value.filter((_, each) => each !== index))}
                                at={(field) => at(`input_forms.${index}.${field}`)}
                                may_edit={may_edit}
                            />
                        ))}
                    </>
                );
            }}
        </SectionForm>
    );
}

function AddForm({ flows, on_add }: { flows: Flow[]; on_add: (id: string) => void }) {
    return (
        <Menu>
            <Menu.Target>
                <Button leftSection={<IconPlus size={16} />}>{t('forms.add')}</Button>
            </Menu.Target>
            <Menu.Dropdown>
                {flows.map(({ _id, name }) => (
                    <Menu.Item key={_id} onClick={() => on_add(_id)}>
                        {name}
                    </Menu.Item>
                ))}
            </Menu.Dropdown>
        </Menu>
    );
}

type OneFormProps = {
    form: InputForm;
    flow?: Flow;
    on_change: (form: InputForm) => void;
    on_remove: () => void;
    at: (field: string) => string | undefined;
    may_edit: boolean;
};

function OneForm({ form, flow, on_change, on_remove, at, may_edit }: OneFormProps) {
    const name = flow?.name ?? form.agentflow_id;
    const remove = may_edit && (
        <Button variant="subtle" color="gray" size="xs" onClick={on_remove} aria-label={t('forms.removeOf', { name })}>
            {t('forms.remove')}
        </Button>
    );
    return (
        <SettingsGroup title={name} action={remove}>
            {(at('fields') || at('agentflow_id')) && (
                <Text size="sm" c="var(--mantine-color-error)" mb="xs">
                    {at('fields') ?? at('agentflow_id')}
                </Text>
            )}
            <FormEditor
                name={name}
                kinds={input_kinds}
                fields={form.fields}
                on_change={(fields) => on_change({ ...form, fields })}
                at={at}
                may_edit={may_edit}
            />
        </SettingsGroup>
    );
}
