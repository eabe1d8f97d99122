import { Textarea, type TextareaProps } from '@mantine/core';
import { useState } from 'react';
import { t } from '@/i18n';
import { isSame } from './kinds';

type JsonInputProps = Omit<TextareaProps, 'value' | 'onChange'> & {
    value: unknown;
    on_change: (value: unknown) => void;
    /** False while what is written is no JSON: what was last good stays the value. */
    on_valid?: (valid: boolean) => void;
};

const written = (value: unknown) => (value === undefined ? '' : JSON.stringify(value, null, 2));

function parsed(text: string): { value?: unknown; fault?: string } {
    if (!text.trim()) return { value: undefined };
    try {
        return { value: JSON.parse(text) as unknown };
    } catch (error) {
        return { fault: error instanceof Error ? error.message : '' };
    }
}

/** A value as it is written. */
export function JsonInput({ value, on_change, on_valid, error, ...rest }: JsonInputProps) {
    const [text, setText] = useState(() => written(value));
    const { value: shown, fault } = parsed(text);
    // The value was changed elsewhere, to a draft for example.
    const is_other = fault === undefined && !isSame(shown, value);
    const change = (next: string) => {
        setText(next);
        const read = parsed(next);
        on_valid?.(read.fault === undefined);
        if (read.fault === undefined) on_change(read.value);
    };
    return (
        <Textarea
            {...rest}
            value={is_other ? written(value) : text}
            error={fault === undefined ? error : t('values.noJson', { fault })}
            onChange={({ currentTarget }) => change(currentTarget.value)}
            spellCheck={false}
            maxRows={20}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12 } }}
        />
    );
}
