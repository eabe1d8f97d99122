import type { AskedField } from '@/api/inbox';
import type { Column } from '@/api/records';
import { formatNumber } from '@/i18n/format';

/** How a value is filled in. */
export type Kind =
    | 'text'
    | 'long_text'
    | 'number'
    | 'boolean'
    | 'date'
    | 'date_time'
    | 'option'
    | 'list'
    | 'rows'
    | 'object'
    | 'file'
    | 'json';

const kinds: Record<string, Kind> = {
    short_text: 'text',
    long_text: 'long_text',
    number: 'number',
    integer: 'number',
    float: 'number',
    boolean: 'boolean',
    bool: 'boolean',
    date: 'date',
    date_time: 'date_time',
    datetime: 'date_time',
    date_and_time: 'date_time',
    one_option: 'option',
    option: 'option',
    enum: 'option',
    list: 'list',
    file: 'file',
};
const long_text_min = 60;

const isText = (value: unknown): value is string => typeof value === 'string';
export const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);

const isScalar = (value: unknown) => typeof value !== 'object' || value === null;
const isFlat = (value: unknown): value is Record<string, unknown> =>
    isObject(value) && Object.values(value).every(isScalar);

/** The members of an object, or of all objects of an array, as its schema has them, else as they are. */
export function itemsOf(field: AskedField, value: unknown): readonly AskedField[] {
    if (field.items?.length) return field.items;
    const objects = Array.isArray(value) ? value : [value];
    if (objects.length === 0 || !objects.every(isFlat)) return [];
    const first = new Map<string, unknown>();
    for (const object of objects)
        for (const [name, member] of Object.entries(object)) if (first.get(name) == null) first.set(name, member);
    return [...first].map(([name, member]) => fieldOf(name, member));
}

/** Of an array or a table: rows where its columns are known, a list where it holds texts, else as it is written. */
function kindOfArray(field: AskedField, value: unknown): Kind {
    const is_there = Array.isArray(value) && value.length > 0;
    if (itemsOf(field, is_there ? value : []).length > 0) return !is_there || value.every(isObject) ? 'rows' : 'json';
    return !is_there || value.every(isText) ? 'list' : 'json';
}

function kindOfObject(field: AskedField, value: unknown): Kind {
    return itemsOf(field, value).length > 0 && (value == null || isObject(value)) ? 'object' : 'json';
}

/** What the type says, unless the value that is there is of another one. */
export function kindOf(field: AskedField, value: unknown): Kind {
    const type = (field.type ?? 'text').toLowerCase().replace(/[ -]/g, '_');
    if (type === 'array' || type === 'table') return kindOfArray(field, value);
    if (type === 'object') return kindOfObject(field, value);
    const kind = kinds[type] ?? 'text';
    if (value === undefined || value === null) return kind;
    if (kind === 'list') return kindOfArray(field, value);
    if (kind === 'number') return typeof value === 'number' ? kind : 'json';
    if (kind === 'boolean') return typeof value === 'boolean' ? kind : 'json';
    if (typeof value === 'number' && (kind === 'date' || kind === 'date_time')) return 'date_time';
    if (!isText(value)) return 'json';
    if (kind === 'date' && value.length > 10) return 'date_time';
    if (kind === 'text' && (value.length > long_text_min || value.includes('\n'))) return 'long_text';
    return kind;
}

/** A field for each member, where no schema says what is asked. */
export function fieldOf(name: string, value: unknown): AskedField {
    const type = Array.isArray(value) ? 'array' : value === null ? 'text' : typeof value;
    return { field_id: name, label: name, type: type === 'string' ? 'text' : type };
}

export function fieldOfColumn(column: Column): AskedField {
    const field = { field_id: column.column_id, label: column.column_name };
    switch (column.column_type) {
        case 'String':
            return { ...field, type: 'text' };
        case 'Enum':
            return {
                ...field,
                type: column.enum_options?.length ? 'one_option' : 'text',
                options: column.enum_options,
            };
        case 'Object': {
            const items = column.object_fields?.map(({ key = '', keyType }) => ({
                field_id: key,
                label: key,
                type: keyType,
            }));
            return { ...field, type: 'object', items };
        }
        default:
            return { ...field, type: column.column_type.toLowerCase() };
    }
}

/** In one line, to read. */
export function textOf(value: unknown): string {
    if (value === undefined || value === null) return '';
    if (typeof value === 'string') return value;
    if (typeof value === 'number') return formatNumber(value);
    if (Array.isArray(value) && value.every(isText)) return value.join(', ');
    return JSON.stringify(value);
}

export const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

export type FieldErrors = Record<string, string>;

/** What is wrong at a place, or somewhere inside it. */
export function errorAt(errors: FieldErrors | undefined, path: string): string | undefined {
    if (!errors) return undefined;
    const inside = Object.keys(errors).find((each) => each.startsWith(`${path}.`));
    return errors[path] ?? (inside && `${inside.slice(path.length + 1)}: ${errors[inside]}`);
}

/** The server's errors below `prefix`, without it. */
export function errorsBelow(errors: { field: string; message: string }[], prefix: string): FieldErrors {
    return Object.fromEntries(
        errors
            .filter(({ field }) => field.startsWith(prefix))
            .map(({ field, message }) => [field.slice(prefix.length), message]),
    );
}
