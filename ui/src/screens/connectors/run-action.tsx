import { Button, Group, NumberInput, Stack, Switch, Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { type Action, type Field, useRunAction } from '@/api/connectors';
import { t } from '@/i18n';
import { fieldErrors } from '@/parts/draft';
import { FormError } from '@/parts/form';
import { JsonView } from '@/parts/json-view';

type RunActionProps = { project: string; connector: string; action: Action };
type Values = Record<string, string>;

const isJson = ({ type }: Field) => type === 'object' || type === 'array' || type === 'any';

/** What was typed as the action takes it. Throws what JSON.parse does. */
function inputOf(fields: Field[], values: Values): Record<string, unknown> {
    const input: Record<string, unknown> = {};
    for (const field of fields) {
        const text = values[field.field_id] ?? '';
        if (!text.trim()) continue;
        if (field.type === 'number') input[field.field_id] = Number(text);
        else if (field.type === 'boolean') input[field.field_id] = text === 'true';
        else input[field.field_id] = isJson(field) ? JSON.parse(text) : text;
    }
    return input;
}

function wrongJson(fields: Field[], values: Values): string | undefined {
    return fields.find((field) => {
        const text = values[field.field_id]?.trim();
        if (!isJson(field) || !text) return false;
        try {
            JSON.parse(text);
            return false;
        } catch {
            return true;
        }
    })?.field_id;
}

/** Does an action now, outside of any flow: the shortest test of a connector. */
export function RunAction({ project, connector, action }: RunActionProps) {
    const run = useRunAction(project, connector);
    const { fields } = action.input_schema;
    const [values, setValues] = useState<Values>({});
    const [wrong, setWrong] = useState<string>();
    const at = fieldErrors(run.error);
    const submit = () => {
        const found = wrongJson(fields, values);
        setWrong(found);
        if (!found) run.mutate({ action, input: inputOf(fields, values) });
    };
    return (
        <form
            noValidate
            onSubmit={(event) => {
                event.preventDefault();
                submit();
            }}
        >
            <Stack gap="sm">
                {fields.map((field) => (
                    <InputOf
                        key={field.field_id}
                        field={field}
                        value={values[field.field_id] ?? ''}
                        on_change={(value) => setValues((old) => ({ ...old, [field.field_id]: value }))}
                        error={wrong === field.field_id ? t('connectors.wrongJson') : at(field.field_id)}
                    />
                ))}
                <Group justify="space-between" wrap="nowrap" align="flex-start">
                    <Text size="xs" c="dimmed">
                        {t('connectors.runHint')}
                    </Text>
                    <Button type="submit" size="xs" loading={run.isPending} flex="none">
                        {t('connectors.run')}
                    </Button>
                </Group>
                <FormError error={run.error} />
                {run.data !== undefined && <JsonView value={run.data} label={t('connectors.answer')} />}
            </Stack>
        </form>
    );
}

type InputOfProps = { field: Field; value: string; on_change: (value: string) => void; error?: string };

function InputOf({ field, value, on_change, error }: InputOfProps) {
    const common = {
        label: field.label || field.field_id,
        description: field.description || undefined,
        withAsterisk: field.required,
        error,
    };
    if (field.type === 'boolean')
        return (
            <Switch
                label={common.label}
                description={common.description}
                checked={value === 'true'}
                onChange={(event) => on_change(event.currentTarget.checked ? 'true' : 'false')}
            />
        );
    if (field.type === 'number')
        return (
            <NumberInput
                {...common}
                value={value === '' ? '' : Number(value)}
                onChange={(next) => on_change(`${next}`)}
            />
        );
    if (isJson(field))
        return (
            <Textarea
                {...common}
                minRows={2}
                placeholder={field.type === 'array' ? '[]' : '{}'}
                styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
                value={value}
                onChange={(event) => on_change(event.currentTarget.value)}
            />
        );
    return <TextInput {...common} value={value} onChange={(event) => on_change(event.currentTarget.value)} />;
}
