import { Group, SegmentedControl, Stack, Title } from '@mantine/core';
import { useState } from 'react';
import type { AskedField, Values } from '@/api/inbox';
import { t } from '@/i18n';
import { JsonInput } from '@/parts/values/json-input';
import { errorAt, type FieldErrors, fieldOf, isObject } from '@/parts/values/kinds';
import { ValueInput } from '@/parts/values/value-input';
import { ValueList } from '@/parts/values/value-list';

type InputEditorProps = {
    project: string;
    /** Of the action's schema; empty: nobody knows it, and each member is a field by its value. */
    schema: readonly AskedField[];
    input: Values;
    is_editing: boolean;
    errors?: FieldErrors;
    on_change: (input: Values) => void;
    on_valid: (valid: boolean) => void;
};

/** The schema's fields, and what the input has beside them. */
export function fieldsFor(schema: readonly AskedField[], input: Values): AskedField[] {
    const more = Object.keys(input).filter((name) => !schema.some(({ field_id }) => field_id === name));
    return [...schema, ...more.map((name) => fieldOf(name, input[name]))];
}

/** The exact input of a skill: to read, or to change as a form or as it is written. */
export function InputEditor({ project, schema, input, is_editing, errors, on_change, on_valid }: InputEditorProps) {
    const [form, setForm] = useState<'form' | 'json'>('form');
    const fields = fieldsFor(schema, input);
    const given = fields.filter(({ field_id }) => input[field_id] !== undefined);
    const change = (name: string, value: unknown) => {
        const { [name]: _old, ...rest } = input;
        on_change(value === undefined ? rest : { ...input, [name]: value });
    };
    return (
        <section aria-label={t('inbox.input')}>
            <Group justify="space-between" mb={6} mih={30}>
                <Title order={3}>{t('inbox.input')}</Title>
                {is_editing && (
                    <SegmentedControl
                        size="xs"
                        aria-label={t('inbox.editAs')}
                        value={form}
                        onChange={(next) => {
                            setForm(next as typeof form);
                            on_valid(true);
                        }}
                        data={[
                            { value: 'form', label: t('inbox.asForm') },
                            { value: 'json', label: 'JSON' },
                        ]}
                    />
                )}
            </Group>
            {!is_editing && <ValueList fields={given} values={input} />}
            {is_editing && form === 'json' && (
                <JsonInput
                    aria-label={t('inbox.input')}
                    value={input}
                    error={errors && Object.keys(errors)[0] && errorText(errors)}
                    on_valid={on_valid}
                    on_change={(next) => on_change(isObject(next) ? next : {})}
                />
            )}
            {is_editing && form === 'form' && (
                <Stack gap="sm">
                    {fields.map((field) => (
                        <ValueInput
                            key={field.field_id}
                            project={project}
                            field={field}
                            value={input[field.field_id]}
                            errors={errors}
                            on_change={(value) => change(field.field_id, value)}
                        />
                    ))}
                </Stack>
            )}
        </section>
    );
}

const errorText = (errors: FieldErrors) =>
    Object.keys(errors)
        .map((name) => `${name}: ${errorAt(errors, name)}`)
        .join(' · ');
