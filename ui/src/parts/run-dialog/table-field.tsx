import { ActionIcon, Button, InputWrapper, Textarea, TextInput, VisuallyHidden } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { t } from '@/i18n';
import classes from './run-dialog.module.css';

type Row = Record<string, string>;
type TableFieldProps = {
    label: string;
    hint?: string;
    required?: boolean;
    error?: string;
    /** None: whoever fills it in names them in the first line. */
    columns: readonly string[];
    on_change: (rows: Row[]) => void;
};

const isFilled = (row: Row) => Object.values(row).some((value) => value !== '');

/** Lines of cells between tabs, semicolons or commas, as spreadsheets copy them; the first one names the columns. */
function rowsIn(text: string): Row[] {
    const lines = text.split('\n').filter((line) => line.trim());
    const head = lines[0] ?? '';
    const separator = head.includes('\t') ? '\t' : head.includes(';') ? ';' : ',';
    const cells = (line: string) => line.split(separator).map((cell) => cell.trim());
    const names = cells(head);
    return lines
        .slice(1)
        .map((line) => Object.fromEntries(cells(line).map((cell, at) => [names[at] || `${at + 1}`, cell])));
}

export function TableField({ columns, on_change, ...wrapper }: TableFieldProps) {
    const [rows, setRows] = useState<Row[]>([{}]);
    const [text, setText] = useState('');
    const set = (next: Row[]) => {
        setRows(next);
        on_change(
            next.filter(isFilled).map((row) => Object.fromEntries(columns.map((name) => [name, row[name] ?? '']))),
        );
    };
    const { label, hint, required, error } = wrapper;
    if (columns.length === 0)
        return (
            <Textarea
                label={label}
                description={`${hint ? `${hint} ` : ''}${t('runDialog.tableHint')}`}
                required={required}
                error={error}
                value={text}
                onChange={(event) => {
                    setText(event.currentTarget.value);
                    on_change(rowsIn(event.currentTarget.value));
                }}
            />
        );
    return (
        <InputWrapper label={label} description={hint} withAsterisk={required} error={error} labelElement="div">
            <div className={classes.grid}>
                <table>
                    <thead>
                        <tr>
                            {columns.map((name) => (
                                <th key={name} scope="col">
                                    {name}
                                </th>
                            ))}
                            <th scope="col">
                                <VisuallyHidden>{t('parts.actions')}</VisuallyHidden>
                            </th>
                        </tr>
                    </thead>
                    <tbody>
                        {rows.map((row, at) => (
                            <tr key={at}>
                                {columns.map((name) => (
                                    <td key={name}>
                                        <TextInput
                                            size="xs"
                                            aria-label={`${name} ${at + 1}`}
                                            value={row[name] ?? ''}
                                            onChange={(event) =>
                                                set(rows.with(at, { ...row, [name]: event.currentTarget.value }))
                                            }
                                        />
                                    </td>
                                ))}
                                <td>
                                    <ActionIcon
                                        size={28}
                                        aria-label={t('runDialog.removeRow', { number: at + 1 })}
                                        onClick={() => set(rows.length > 1 ? rows.toSpliced(at, 1) : [{}])}
                                    >
                                        <IconX size={15} stroke={1.75} />
                                    </ActionIcon>
                                </td>
                            </tr>
                        ))}
                    </tbody>
                </table>
            </div>
            <Button
                variant="subtle"
                size="compact-xs"
                leftSection={<IconPlus size={13} />}
                onClick={() => set([...rows, {}])}
            >
                {t('runDialog.addRow')}
            </Button>
        </InputWrapper>
    );
}
