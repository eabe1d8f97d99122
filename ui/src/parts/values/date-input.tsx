import { TextInput, type TextInputProps } from '@mantine/core';

type DateInputProps = Omit<TextInputProps, 'value' | 'onChange'> & {
    has_time: boolean;
    /** ISO 8601, or seconds since 1970. */
    value: unknown;
    on_change: (value: string | undefined) => void;
};

const two = (part: number) => String(part).padStart(2, '0');

/** As the browser's inputs want it: local time without a zone. '' : it is none. */
export function localText(value: unknown, has_time: boolean): string {
    if (typeof value !== 'number' && typeof value !== 'string') return '';
    if (!has_time && typeof value === 'string') return /^\d{4}-\d\d-\d\d/.test(value) ? value.slice(0, 10) : '';
    const at = new Date(typeof value === 'number' ? value * 1000 : value);
    if (Number.isNaN(at.getTime())) return '';
    const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
    return has_time ? `${day}T${two(at.getHours())}:${two(at.getMinutes())}` : day;
}

/** A day stays a day; a time is an instant. */
export function dateValue(text: string, has_time: boolean): string | undefined {
    if (!text) return undefined;
    return has_time ? new Date(text).toISOString() : text;
}

export function DateInput({ has_time, value, on_change, ...rest }: DateInputProps) {
    const shown = localText(value, has_time);
    // What is no date is shown as it is: it must not vanish from a form.
    if (typeof value === 'string' && value !== '' && shown === '')
        return (
            <TextInput
                {...rest}
                value={value}
                onChange={({ currentTarget }) => on_change(currentTarget.value || undefined)}
            />
        );
    return (
        <TextInput
            {...rest}
            type={has_time ? 'datetime-local' : 'date'}
            value={shown}
            onChange={({ currentTarget }) => on_change(dateValue(currentTarget.value, has_time))}
        />
    );
}
