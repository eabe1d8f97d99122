import type { Column } from '@/api/records';
import { t } from '@/i18n';

type Read = { value: unknown } | { fault: string };

const yes = ['true', 'yes', 'ja', '1', 'x', 'wahr'];
const no = ['false', 'no', 'nein', '0', 'falsch'];

function readNumber(text: string): Read {
    const number = Number(text);
    if (Number.isFinite(number)) return { value: number };
    // 1.234,50 and 12,5; what could mean either is for a person to say.
    const german = /^-?\d{1,3}(\.\d{3})*,\d+$|^-?\d+,\d+$/.test(text);
    if (german) return { value: Number(text.replaceAll('.', '').replace(',', '.')) };
    const english = /^-?\d{1,3}(,\d{3})+\.\d+$/.test(text);
    if (english) return { value: Number(text.replaceAll(',', '')) };
    return { fault: t('tables.noNumber', { text }) };
}

function readDate(text: string): Read {
    if (/^\d{4}-\d\d-\d\d([T ].*)?$/.test(text)) return { value: text };
    if (/^\d{9,11}(\.\d+)?$/.test(text)) return { value: Number(text) };
    const [, day, month, year] = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text) ?? [];
    if (day && month && year) return { value: `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}` };
    return { fault: t('tables.noDate', { text }) };
}

function readJson(text: string, is_fit: (value: unknown) => boolean): Read {
    try {
        const value: unknown = JSON.parse(text);
        return is_fit(value) ? { value } : { fault: t('tables.wrongJson', { text }) };
    } catch {
        return { fault: t('tables.wrongJson', { text }) };
    }
}

/** A cell of a file as a value of the column. An empty one is no value. */
export function valueOfCell(column: Column, given: string): Read {
    const text = given.trim();
    if (text === '') return { value: undefined };
    switch (column.column_type) {
        case 'Number':
            return readNumber(text);
        case 'Boolean': {
            const word = text.toLowerCase();
            if (yes.includes(word)) return { value: true };
            return no.includes(word) ? { value: false } : { fault: t('tables.noBoolean', { text }) };
        }
        case 'Date':
            return readDate(text);
        case 'Array':
            if (text.startsWith('[')) return readJson(text, Array.isArray);
            return { value: text.split(';').map((part) => part.trim()) };
        case 'Object':
            return readJson(text, (value) => typeof value === 'object' && value !== null && !Array.isArray(value));
        default:
            return { value: given };
    }
}
