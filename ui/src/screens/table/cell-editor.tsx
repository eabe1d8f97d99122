import { type KeyboardEvent, useRef, useState } from 'react';
import type { Column } from '@/api/records';
import { editText, hasTime, typedValue } from './cells';
import classes from './grid.module.css';

type CellEditorProps = {
    column: Column;
    value: unknown;
    /** What the first key wrote over what was there. */
    typed?: string;
    on_save: (value: unknown) => void;
    /** And then go where the key leads; '' : the focus is elsewhere already. */
    on_end: (key: string) => void;
};

const steps: Record<string, string> = { Enter: 'ArrowDown', Tab: 'ArrowRight' };

/** One line inside its cell. Enter and Tab save and go on, leaving saves, Escape leaves it as it was. */
export function CellEditor({ column, value, typed, on_save, on_end }: CellEditorProps) {
    const before = editText(column, value);
    const [text, setText] = useState(typed ?? before);
    const [fault, setFault] = useState<string>();
    const is_over = useRef(false);
    const with_time = hasTime(value);

    const save = (key: string) => {
        if (is_over.current) return;
        const read = typedValue(column, text, with_time);
        if (read.fault !== undefined) return setFault(read.fault);
        is_over.current = true;
        if (text !== before) on_save(read.value);
        on_end(key);
    };
    const onKeyDown = (event: KeyboardEvent) => {
        if (event.key === 'Escape') {
            is_over.current = true;
            on_end('Escape');
        } else if (steps[event.key]) {
            event.preventDefault();
            save(event.shiftKey && event.key === 'Tab' ? 'ArrowLeft' : (steps[event.key] ?? ''));
        }
        event.stopPropagation();
    };
    const common = {
        className: classes.editor,
        'aria-label': column.column_name,
        'aria-invalid': fault !== undefined,
        title: fault,
        value: text,
        onKeyDown,
        onBlur: () => save(''),
    };
    if (column.column_type === 'Enum' && column.enum_options?.length)
        return (
            // biome-ignore lint/a11y/noAutofocus: whoever edits a cell is in it
            <select {...common} autoFocus onChange={({ currentTarget }) => setText(currentTarget.value)}>
                <option value="">–</option>
                {column.enum_options.map((option) => (
                    <option key={option}>{option}</option>
                ))}
            </select>
        );
    const date = with_time ? 'datetime-local' : 'date';
    return (
        <>
            <input
                {...common}
                // biome-ignore lint/a11y/noAutofocus: whoever edits a cell is in it
                autoFocus
                type={column.column_type === 'Date' ? date : 'text'}
                inputMode={column.column_type === 'Number' ? 'decimal' : undefined}
                onChange={({ currentTarget }) => {
                    setText(currentTarget.value);
                    setFault(undefined);
                }}
                onFocus={({ currentTarget }) => typed === undefined && currentTarget.select()}
            />
            {fault && (
                <span className={classes.fault} role="alert">
                    {fault}
                </span>
            )}
        </>
    );
}
