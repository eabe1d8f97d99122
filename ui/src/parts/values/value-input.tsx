import { NumberInput, Select, Switch, Textarea, TextInput } from '@mantine/core';
import type { AskedField } from '@/api/inbox';
import { DateInput } from './date-input';
import { FilePicker } from './file-picker';
import { JsonInput } from './json-input';
import { errorAt, type FieldErrors, isObject, kindOf } from './kinds';
import { ListInput } from './list-input';
import { ObjectInput } from './object-input';
import { RowsInput } from './rows-input';

export type ValueInputProps = {
    project: string;
    field: AskedField;
    value: unknown;
    on_change: (value: unknown) => void;
    /** By place, as the server names it: `records.0.amount`. */
    errors?: FieldErrors;
    path?: string;
    disabled?: boolean;
    /** In a table the column's head is the label. */
    hides_label?: boolean;
    autofocus?: boolean;
};

const search_options_min = 8;

/** An input for a value of any kind. An empty one is `undefined`: nothing is said of it. */
export function ValueInput(props: ValueInputProps) {
    const { field, value, on_change, errors, path = field.field_id, disabled, hides_label, autofocus } = props;
    const label = field.label || field.field_id;
    const common = {
        label: hides_label ? undefined : label,
        'aria-label': hides_label ? label : undefined,
        description: hides_label ? undefined : field.description || undefined,
        withAsterisk: field.required,
        error: errorAt(errors, path),
        disabled,
        'data-autofocus': autofocus || undefined,
    };
    switch (kindOf(field, value)) {
        case 'number':
            return (
                <NumberInput
                    {...common}
                    size="sm"
                    value={typeof value === 'number' ? value : ''}
                    onChange={(next) => on_change(next === '' ? undefined : Number(next))}
                    hideControls
                />
            );
        case 'boolean':
            return (
                <Switch
                    {...common}
                    label={label}
                    checked={value === true}
                    onChange={({ currentTarget }) => on_change(currentTarget.checked)}
                />
            );
        case 'date':
        case 'date_time':
            return <DateInput {...common} has_time={kindOf(field, value) === 'date_time'} {...{ value, on_change }} />;
        case 'option':
            return (
                <Select
                    {...common}
                    data={field.options ?? []}
                    value={typeof value === 'string' ? value : null}
                    onChange={(next) => on_change(next ?? undefined)}
                    searchable={(field.options?.length ?? 0) > search_options_min}
                    clearable={!field.required}
                    comboboxProps={{ withinPortal: true }}
                />
            );
        case 'list':
            return <ListInput {...common} label={label} value={Array.isArray(value) ? value : []} {...{ on_change }} />;
        case 'rows':
            return <RowsInput {...props} path={path} value={Array.isArray(value) ? value : []} />;
        case 'object':
            return <ObjectInput {...props} path={path} value={isObject(value) ? value : {}} />;
        case 'file':
            return (
                <FilePicker
                    {...common}
                    project={props.project}
                    value={typeof value === 'string' ? value : ''}
                    on_change={(id) => on_change(id || undefined)}
                />
            );
        case 'json':
            return <JsonInput {...common} {...{ value, on_change }} />;
        case 'long_text':
            return (
                <Textarea
                    {...common}
                    value={typeof value === 'string' ? value : ''}
                    onChange={({ currentTarget }) => on_change(currentTarget.value || undefined)}
                    maxRows={16}
                />
            );
        default:
            return (
                <TextInput
                    {...common}
                    value={typeof value === 'string' ? value : ''}
                    onChange={({ currentTarget }) => on_change(currentTarget.value || undefined)}
                />
            );
    }
}
