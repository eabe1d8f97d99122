import { Select, Stack, Textarea, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { type ColumnDraft, useAddColumn, useChangeColumn } from '@/api/columns';
import type { Column, ColumnType } from '@/api/records';
import { t } from '@/i18n';
import { FormActions, FormError } from '@/parts/form';

type ColumnFormProps = { project: string; table: string /** None: a new one. */; column?: Column; on_done: () => void };

export const column_types: readonly ColumnType[] = [
    'String',
    'Number',
    'Boolean',
    'Date',
    'Enum',
    'Array',
    'Object',
    'File',
];
const type_texts = {
    String: 'tables.typeString',
    Number: 'tables.typeNumber',
    Boolean: 'tables.typeBoolean',
    Date: 'tables.typeDate',
    Enum: 'tables.typeEnum',
    Array: 'tables.typeArray',
    Object: 'tables.typeObject',
    File: 'tables.typeFile',
} as const;

export const typeChoices = () => column_types.map((type) => ({ value: type, label: t(type_texts[type]) }));

const linesIn = (text: string) =>
    text
        .split('\n')
        .map((line) => line.trim())
        .filter(Boolean);

/** "name: Number" on a line; without a type it is a text. */
const membersIn = (text: string) =>
    linesIn(text).map((line) => {
        const [key = '', type] = line.split(':').map((part) => part.trim());
        return { key, keyType: type || 'String' };
    });

export function ColumnForm({ project, table, column, on_done }: ColumnFormProps) {
    const add = useAddColumn(project, table);
    const change = useChangeColumn(project, table);
    const [name, setName] = useState(column?.column_name ?? '');
    const [type, setType] = useState<ColumnType>(column?.column_type ?? 'String');
    const [options, setOptions] = useState(column?.enum_options?.join('\n') ?? '');
    const [of, setOf] = useState(column?.array_type ?? '');
    const [members, setMembers] = useState(
        column?.object_fields?.map(({ key, keyType }) => `${key}: ${keyType}`).join('\n') ?? '',
    );
    const [fault, setFault] = useState<string>();
    const error = add.error ?? change.error;

    const submit = (event: FormEvent) => {
        event.preventDefault();
        if (!name.trim()) return setFault(t('parts.enterName'));
        const draft: ColumnDraft = {
            column_name: name.trim(),
            column_type: type,
            enum_options: type === 'Enum' ? linesIn(options) : [],
            array_type: type === 'Array' && of ? of : null,
            object_fields: type === 'Object' ? membersIn(members) : [],
        };
        if (column) change.mutate({ ...draft, column_id: column.column_id }, { onSuccess: on_done });
        else add.mutate(draft, { onSuccess: on_done });
    };
    return (
        <form onSubmit={submit} noValidate>
            <Stack gap="md">
                <TextInput
                    label={t('tables.name')}
                    value={name}
                    error={fault}
                    onChange={({ currentTarget }) => {
                        setName(currentTarget.value);
                        setFault(undefined);
                    }}
                    data-autofocus
                />
                <Select
                    label={t('tables.columnType')}
                    description={column ? t('tables.columnTypeHint') : undefined}
                    value={type}
                    onChange={(chosen) => setType((chosen as ColumnType) ?? 'String')}
                    data={typeChoices()}
                />
                {type === 'Enum' && (
                    <Textarea
                        label={t('tables.options')}
                        description={t('tables.optionsHint')}
                        value={options}
                        onChange={({ currentTarget }) => setOptions(currentTarget.value)}
                    />
                )}
                {type === 'Array' && (
                    <Select
                        label={t('tables.arrayOf')}
                        value={of}
                        onChange={(chosen) => setOf(chosen ?? '')}
                        data={[{ value: '', label: t('tables.arrayOfAny') }, ...typeChoices()]}
                    />
                )}
                {type === 'Object' && (
                    <Textarea
                        label={t('tables.members')}
                        description={t('tables.membersHint')}
                        value={members}
                        onChange={({ currentTarget }) => setMembers(currentTarget.value)}
                    />
                )}
                <FormError error={error} />
                <FormActions
                    submit={column ? t('tables.save') : t('tables.addColumn')}
                    busy={add.isPending || change.isPending}
                    on_cancel={on_done}
                />
            </Stack>
        </form>
    );
}
