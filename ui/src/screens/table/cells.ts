import type { Column } from '@/api/records';
import { t } from '@/i18n';
import { formatDate, formatDateTime } from '@/i18n/format';
import { dateValue, localText } from '@/parts/values/date-input';
import { textOf } from '@/parts/values/kinds';

export type Spot = { row: number; column: number };
const long_text_min = 120;

/** As the grid shows it. */
export function cellText(column: Column, value: unknown): string {
    if (value === undefined || value === null) return '';
    if (typeof value === 'boolean') return value ? t('values.yes') : t('values.no');
    if (column.column_type === 'Date' && (typeof value === 'number' || typeof value === 'string')) {
        if (typeof value === 'string' && Number.isNaN(Date.parse(value))) return value;
        // A day has no zone: it must not become the day before.
        if (typeof value === 'string' && value.length <= 10) return formatDate(`${value}T12:00:00`);
        return formatDateTime(value);
    }
    return textOf(value);
}

/** Whether a cell is too rich for one line: then it is edited in a dialog. */
export function needsDialog(column: Column, value: unknown): boolean {
    switch (column.column_type) {
        case 'Array':
        case 'Object':
        case 'File':
            return true;
        case 'String':
            return typeof value === 'string' && (value.length > long_text_min || value.includes('\n'));
        default:
            return value !== undefined && value !== null && typeof value === 'object';
    }
}

export const hasTime = (value: unknown) =>
    typeof value === 'number' || (typeof value === 'string' && value.length > 10);

/** As it stands in the editor of one line. */
export function editText(column: Column, value: unknown): string {
    if (value === undefined || value === null) return '';
    if (column.column_type === 'Date') return localText(value, hasTime(value)) || String(value);
    return String(value);
}

/** What was typed, as a value of the column; a fault in words where it is none. An empty cell is null. */
export function typedValue(column: Column, text: string, with_time: boolean): { value?: unknown; fault?: string } {
    if (text === '') return { value: null };
    if (column.column_type === 'Number') {
        const number = Number(text.replace(',', '.'));
        return Number.isFinite(number) ? { value: number } : { fault: t('tables.noNumber', { text }) };
    }
    if (column.column_type === 'Date') return { value: dateValue(text, with_time) ?? null };
    return { value: text };
}
