// The form of a connector as the server describes it, and the values that go in and come back: nested members are named with
// dots, secrets come back masked.
import type { FormField } from '@/api/connectors';
import { masked } from '@/api/settings';

export type Values = Record<string, string>;
type Config = { [name: string]: unknown };

const isObject = (value: unknown): value is Config =>
    typeof value === 'object' && value !== null && !Array.isArray(value);

/** Which authentication a field belongs to: the rest of the form stays out of the way. */
const belongs_to: Record<string, string> = {
    'auth.in': 'api_key',
    'auth.name': 'api_key',
    'auth.value': 'api_key',
    'auth.token': 'bearer',
    'auth.username': 'basic',
    'auth.password': 'basic',
};
/** What can be chosen where the server asks for one of a few words. */
export const choices: Record<string, readonly string[]> = { 'auth.in': ['header', 'query'] };

/** "Of bearer." says nothing to whoever has chosen it. */
export const hintOf = ({ field_id, description }: FormField) => (belongs_to[field_id] ? undefined : description);

export const isShown = ({ field_id }: FormField, values: Values) =>
    !belongs_to[field_id] || (values['auth.type'] ?? '') === belongs_to[field_id];

function memberOf(config: Config, path: string): unknown {
    let found: unknown = config;
    for (const name of path.split('.')) found = isObject(found) ? found[name] : undefined;
    return found;
}

function textOf(field: FormField, value: unknown): string {
    if (value === undefined || value === null || value === masked) return '';
    if (Array.isArray(value)) return value.map(String).join('\n');
    if (isObject(value))
        return Object.entries(value)
            .map(([name, each]) => `${name}: ${typeof each === 'string' ? each : JSON.stringify(each)}`)
            .join('\n');
    return field.type === 'boolean' ? (value ? 'true' : '') : String(value);
}

export const valuesOf = (form: FormField[], config: Config): Values =>
    Object.fromEntries(form.map((field) => [field.field_id, textOf(field, memberOf(config, field.field_id))]));

/** The secrets that are set already: they stay when their field is left empty. */
export const secretsSet = (form: FormField[], config: Config) =>
    new Set(
        form
            .filter(({ field_id, is_secret }) => is_secret && memberOf(config, field_id) === masked)
            .map(({ field_id }) => field_id),
    );

const linesOf = (text: string) =>
    text
        .split('\n')
        .map((line) => line.trim())
        .filter(Boolean);

function pairsOf(text: string): Config {
    return Object.fromEntries(
        linesOf(text).map((line) => {
            const colon = line.indexOf(':');
            return colon < 0 ? [line, ''] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
        }),
    );
}

function readValue({ type }: FormField, text: string): unknown {
    if (type === 'object') return pairsOf(text);
    if (type === 'array') return linesOf(text);
    if (type === 'boolean') return text === 'true';
    if (type === 'number') return Number(text);
    return text.trim();
}

function put(config: Config, path: string, value: unknown) {
    const names = path.split('.');
    const last = names.pop() ?? path;
    let at = config;
    for (const name of names) {
        if (!isObject(at[name])) at[name] = {};
        at = at[name] as Config;
    }
    at[last] = value;
}

/** What is sent: what is shown and filled in; the mask for a secret that stays. */
export function configOf(form: FormField[], values: Values, set: ReadonlySet<string>): Config {
    const config: Config = {};
    for (const field of form) {
        if (!isShown(field, values)) continue;
        const text = values[field.field_id] ?? '';
        if (text.trim()) put(config, field.field_id, readValue(field, text));
        else if (set.has(field.field_id)) put(config, field.field_id, masked);
    }
    return config;
}
