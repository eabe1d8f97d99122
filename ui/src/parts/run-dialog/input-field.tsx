import { Select, TagsInput, Textarea, TextInput } from '@mantine/core';
import { useEffect } from 'react';
import type { InputField as Field } from '@/api/settings';
import { t } from '@/i18n';
import { TableField } from './table-field';
import { UploadField } from './upload-field';
import { useUploads } from './use-uploads';

export type InputFieldProps = {
    project: string;
    field: Field;
    value: unknown;
    error: string | undefined;
    /** How high an empty long text is. */
    rows?: number;
    on_change: (value: unknown) => void;
};

function FileField({ project, field, error, on_change, value }: InputFieldProps) {
    const uploads = useUploads(project);
    const id = uploads.uploads.at(-1)?.id;
    useEffect(() => {
        if (id !== value) on_change(id);
    }, [id, value, on_change]);
    return (
        <UploadField
            label={field.label || field.name}
            hint={field.description || undefined}
            required={field.required}
            error={error}
            single
            uploads={uploads}
        />
    );
}

/** 2026-01-31T12:30, of the person's own time, as the API wants it. */
const isoOf = (local: string) => (local ? new Date(local).toISOString() : '');
function localOf(iso: string): string {
    if (!iso) return '';
    const at = new Date(iso);
    return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** One field of an input form, by its kind. */
export function InputField(props: InputFieldProps) {
    const { field, value, error, rows = 3, on_change } = props;
    const wrapper = {
        label: field.label || field.name,
        description: field.description || undefined,
        required: field.required,
        error,
    };
    const text = typeof value === 'string' ? value : '';
    const onText = (event: { currentTarget: { value: string } }) => on_change(event.currentTarget.value);
    switch (field.kind) {
        case 'long_text':
            return <Textarea {...wrapper} value={text} onChange={onText} minRows={rows} maxRows={12} />;
        case 'date_time':
            return (
                <TextInput
                    {...wrapper}
                    type="datetime-local"
                    value={localOf(text)}
                    onChange={(event) => on_change(isoOf(event.currentTarget.value))}
                />
            );
        case 'option':
            return (
                <Select
                    {...wrapper}
                    data={field.options ?? []}
                    value={text || null}
                    onChange={on_change}
                    clearable={!field.required}
                    clearButtonProps={{ 'aria-label': t('runDialog.clear') }}
                />
            );
        case 'list':
            return (
                <TagsInput
                    size="sm"
                    {...wrapper}
                    description={field.description || t('runDialog.listHint')}
                    value={Array.isArray(value) ? value.map(String) : []}
                    onChange={on_change}
                    acceptValueOnBlur
                />
            );
        case 'table':
            return (
                <TableField
                    label={wrapper.label}
                    hint={wrapper.description}
                    required={wrapper.required}
                    error={error}
                    columns={field.columns ?? []}
                    on_change={on_change}
                />
            );
        case 'file':
            return <FileField {...props} />;
        default:
            return <TextInput {...wrapper} value={text} onChange={onText} />;
    }
}
