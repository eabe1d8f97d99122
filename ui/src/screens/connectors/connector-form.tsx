import { NumberInput, PasswordInput, Select, Stack, Switch, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { type Configuration, type ConnectorKind, type FormField, useConfigureConnector } from '@/api/connectors';
import { t } from '@/i18n';
import { fieldErrors } from '@/parts/draft';
import { FormActions, FormError } from '@/parts/form';
import { choices, configOf, hintOf, isShown, secretsSet, type Values, valuesOf } from './config-fields';

type ConnectorFormProps = {
    project: string;
    kind: ConnectorKind;
    configuration: Configuration;
    /** Of one that is there: its name is what it is known by, and stays. */
    name?: string;
    on_done: (id: string) => void;
    on_cancel?: () => void;
};

/** Fields as the server describes them. Secrets go in and never come back. */
export function ConnectorForm({ project, kind, configuration, name, on_done, on_cancel }: ConnectorFormProps) {
    const configure = useConfigureConnector(project);
    const { form, config } = configuration;
    const [title, setTitle] = useState(name ?? '');
    const [values, setValues] = useState<Values>(() => valuesOf(form, config));
    const [asked, setAsked] = useState(false);
    const set = secretsSet(form, config);
    const at = fieldErrors(configure.error);
    const missing = (field: FormField) => field.required && !values[field.field_id]?.trim() && !set.has(field.field_id);
    const shown = form.filter((field) => isShown(field, values));
    const submit = () => {
        setAsked(true);
        if (!title.trim() || shown.some(missing)) return;
        configure.mutate(
            { category: kind.category, name: title.trim(), config: configOf(form, values, set) },
            { onSuccess: ({ _id }) => on_done(_id) },
        );
    };
    return (
        <form
            noValidate
            onSubmit={(event) => {
                event.preventDefault();
                submit();
            }}
        >
            <Stack gap="md">
                {name === undefined && (
                    <TextInput
                        label={t('connectors.name')}
                        description={t('connectors.nameHint')}
                        placeholder={kind.name}
                        value={title}
                        onChange={(event) => setTitle(event.currentTarget.value)}
                        error={asked && !title.trim() ? t('parts.enterName') : at('name')}
                        data-autofocus
                    />
                )}
                {shown.map((field) => (
                    <ConfigField
                        key={field.field_id}
                        field={field}
                        options={field.field_id === 'auth.type' ? kind.auth : choices[field.field_id]}
                        is_set={set.has(field.field_id)}
                        value={values[field.field_id] ?? ''}
                        on_change={(value) => setValues((old) => ({ ...old, [field.field_id]: value }))}
                        error={
                            asked && missing(field)
                                ? t('connectors.required')
                                : (at(`config.${field.field_id}`) ?? at(field.field_id))
                        }
                    />
                ))}
                <FormError error={configure.error} />
                <FormActions
                    submit={name === undefined ? t('connectors.connect') : t('parts.save')}
                    busy={configure.isPending}
                    on_cancel={on_cancel}
                />
            </Stack>
        </form>
    );
}

const authName = (way: string) =>
    ({
        none: t('connectors.authNone'),
        api_key: t('connectors.authKey'),
        bearer: t('connectors.authBearer'),
        basic: t('connectors.authBasic'),
        header: t('connectors.inHeader'),
        query: t('connectors.inQuery'),
    })[way] ?? way;

type ConfigFieldProps = {
    field: FormField;
    options?: readonly string[];
    /** A secret that is there already. */
    is_set: boolean;
    value: string;
    on_change: (value: string) => void;
    error?: string;
};

function ConfigField({ field, options, is_set, value, on_change, error }: ConfigFieldProps) {
    const { type, label, required, is_secret } = field;
    const description = hintOf(field);
    const common = { label: label || field.field_id, description, withAsterisk: required, error };
    const typed = (event: { currentTarget: { value: string } }) => on_change(event.currentTarget.value);
    if (options)
        return (
            <Select
                {...common}
                description={undefined}
                data={options.map((option) => ({ value: option, label: authName(option) }))}
                value={value || options[0]}
                onChange={(next) => on_change(next ?? '')}
            />
        );
    if (type === 'object' || type === 'array') {
        const hint = type === 'object' ? t('connectors.pairs') : t('connectors.lines');
        return (
            <Textarea
                {...common}
                minRows={2}
                maxRows={8}
                description={[description, hint, is_set ? t('connectors.secretKept') : ''].filter(Boolean).join(' ')}
                styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
                value={value}
                onChange={typed}
            />
        );
    }
    if (type === 'boolean')
        return (
            <Switch
                label={common.label}
                description={description}
                checked={value === 'true'}
                onChange={(event) => on_change(event.currentTarget.checked ? 'true' : '')}
            />
        );
    if (is_secret)
        return (
            <PasswordInput
                {...common}
                autoComplete="off"
                placeholder={is_set ? t('connectors.secretKept') : undefined}
                value={value}
                onChange={typed}
            />
        );
    if (type === 'number')
        return (
            <NumberInput
                {...common}
                value={value === '' ? '' : Number(value)}
                onChange={(next) => on_change(`${next}`)}
            />
        );
    const example = field.examples?.[0];
    return (
        <TextInput
            {...common}
            placeholder={example === undefined ? undefined : String(example)}
            value={value}
            onChange={typed}
        />
    );
}
