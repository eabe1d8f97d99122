import { Stack, Text, Textarea } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useCallback, useMemo, useRef, useState } from 'react';
import { ApiError, ConnectionLost, type Schemas } from '@/api/client';
import type { Flow } from '@/api/flows';
import type { InputField as Field } from '@/api/settings';
import { type RunOrder, useStartRun } from '@/api/start';
import { t } from '@/i18n';
import { FormActions, FormError } from '../form';
import { inputsOf, readsOf } from '../templates/inputs';
import { InputField } from './input-field';
import { UploadField } from './upload-field';
import { useUploads } from './use-uploads';

type RunFormProps = {
    project: string;
    flow: Flow;
    form: Schemas['InputForm'] | undefined;
    start_from_agent_id?: string;
    stop_after_agent_id?: string;
    on_close: () => void;
};

/** The form that the settings have; without one, a text for each variable that the prompts of these agents read. */
function fieldsOf(agents: Flow['agents'], form: Schemas['InputForm'] | undefined): Field[] {
    if (form) return form.fields;
    return inputsOf(agents).map(({ name, is_required }) => ({ name, kind: 'long_text', required: is_required }));
}

const isEmpty = (value: unknown) =>
    value === undefined ||
    value === null ||
    (typeof value === 'string' && !value.trim()) ||
    (Array.isArray(value) && value.length === 0);

const newOrderId = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(16)).join('-');

export function RunForm({ project, flow, form, start_from_agent_id, stop_after_agent_id, on_close }: RunFormProps) {
    const navigate = useNavigate();
    const start = useStartRun(project);
    const uploads = useUploads(project);
    const first = flow.agents.find(({ _id }) => _id === start_from_agent_id);
    const alone = stop_after_agent_id === start_from_agent_id ? first : undefined;
    const fields = useMemo(() => fieldsOf(alone ? [alone] : flow.agents, form), [alone, flow, form]);
    const [goal, setGoal] = useState(flow.default_goal ?? '');
    const [values, setValues] = useState<Record<string, unknown>>({});
    const [errors, setErrors] = useState<Record<string, string | undefined>>({});
    /** An order whose answer was lost keeps its id when it is sent again. */
    const lost = useRef<{ body: string; order_id: string }>(undefined);

    const set = useCallback((name: string, value: unknown) => {
        setValues((old) => ({ ...old, [name]: value }));
        setErrors((old) => ({ ...old, [name]: undefined }));
    }, []);
    const is_uploading = uploads.uploads.some(({ id, error }) => !id && error === undefined);

    const submit = (event: FormEvent) => {
        event.preventDefault();
        const missing = fields.filter(({ name, required }) => required && isEmpty(values[name]));
        setErrors(Object.fromEntries(missing.map(({ name }) => [name, t('runDialog.required')])));
        if (missing.length || is_uploading) return;
        const order: RunOrder = {
            agentflow_id: flow._id,
            goal,
            input_variables: Object.fromEntries(Object.entries(values).filter(([, value]) => !isEmpty(value))),
            files: uploads.uploads.flatMap(({ id }) => id ?? []),
            ...(start_from_agent_id && { start_from_agent_id }),
            ...(stop_after_agent_id && { stop_after_agent_id }),
        };
        const body = JSON.stringify(order);
        const order_id = lost.current?.body === body ? lost.current.order_id : newOrderId();
        start.mutate(
            { order, order_id },
            {
                onSuccess: ({ task_id }) => {
                    on_close();
                    void navigate({ to: '/p/$project/runs/$task', params: { project, task: task_id } });
                },
                onError: (error) => {
                    lost.current = error instanceof ConnectionLost ? { body, order_id } : undefined;
                    if (!(error instanceof ApiError)) return;
                    const named = error.errors.map(({ field, message }) => [field.split('.')[1] ?? field, message]);
                    setErrors(Object.fromEntries(named));
                },
            },
        );
    };

    return (
        <form onSubmit={submit} noValidate>
            <Stack gap="md">
                {first && <Bounds flow={flow} first={first} is_alone={alone !== undefined} />}
                <Textarea
                    label={t('runDialog.goal')}
                    description={t('runDialog.goalHint')}
                    value={goal}
                    onChange={(event) => setGoal(event.currentTarget.value)}
                    minRows={2}
                    maxRows={10}
                    data-autofocus
                />
                {fields.map((field) => (
                    <OneField
                        key={field.name}
                        project={project}
                        field={field}
                        value={values[field.name]}
                        error={errors[field.name]}
                        // Nobody said how long the texts of variables are: they grow.
                        rows={form ? undefined : 1}
                        set={set}
                    />
                ))}
                <UploadField label={t('runDialog.files')} hint={t('runDialog.filesHint')} uploads={uploads} />
                <FormError error={start.error} />
                <FormActions
                    submit={is_uploading ? t('runDialog.waitForFiles') : t('runDialog.start')}
                    busy={start.isPending}
                    on_cancel={on_close}
                />
            </Stack>
        </form>
    );
}

/** Which agents run, and what the first of them will look for in vain. */
function Bounds({ flow, first, is_alone }: { flow: Flow; first: Flow['agents'][number]; is_alone: boolean }) {
    const { title } = first;
    const missing = readsOf(first.prompt.template ?? '').agents;
    const names = missing.map((name) => flow.agents.find(({ _id }) => _id === name)?.title ?? name).join(', ');
    return (
        <Text size="sm" c="dimmed">
            {is_alone ? t('runDialog.alone', { title }) : t('runDialog.from', { title })}
            {names && ` ${t('runDialog.reads', { names })}`}
        </Text>
    );
}

type OneFieldProps = {
    project: string;
    field: Field;
    value: unknown;
    error: string | undefined;
    rows: number | undefined;
    set: (name: string, value: unknown) => void;
};

function OneField({ field, set, ...rest }: OneFieldProps) {
    const on_change = useCallback((value: unknown) => set(field.name, value), [field.name, set]);
    return <InputField {...rest} field={field} on_change={on_change} />;
}
