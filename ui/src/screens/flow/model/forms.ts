// An agent's forms as the form editor has them, and back. What the editor does not know of a field stays with it.
import type { AskedField } from '@/api/inbox';
import type { FormField } from '@/parts/form-editor/field';
import type { AgentDoc } from './document';

export type When = 'pre' | 'post';
export type AskedForm = NonNullable<NonNullable<AgentDoc['pre_and_post_execution_input']>['pre']>;

export const form_kinds = [
    'short_text',
    'long_text',
    'number',
    'boolean',
    'option',
    'list',
    'date_time',
    'file',
    'table',
] as const satisfies readonly string[];

const kinds: Record<string, string> = {
    text: 'short_text',
    one_option: 'option',
    date: 'date_time',
    date_and_time: 'date_time',
};

/** Types are written in any case, with blanks too. */
function kindOf({ type = 'text', items = [] }: Partial<AskedField>): string {
    const word = type.toLowerCase().replace(/[ -]/g, '_');
    if (word === 'array') return items.length > 0 ? 'table' : 'list';
    return kinds[word] ?? word;
}

export function fieldOf(asked: AskedField): FormField {
    const { field_id, label, required, description, options, items } = asked;
    const kind = kindOf(asked);
    return {
        name: field_id,
        label,
        kind,
        required,
        description,
        ...(kind === 'option' && { options }),
        ...(kind === 'table' && { columns: items?.map(({ field_id: name }) => name) }),
        rest: asked,
    };
}

export function askedOf({ name, label, kind, required, description, options, columns, rest }: FormField): AskedField {
    const old: Partial<AskedField> = rest ?? {};
    const is_old = old.type !== undefined && kindOf(old) === kind;
    const columnOf = (column: string): AskedField =>
        old.items?.find(({ field_id }) => field_id === column) ?? { field_id: column, label: column, type: 'text' };
    const { items, ...kept } = old;
    return {
        ...kept,
        field_id: name,
        label: label ?? '',
        type: is_old ? old.type : kind === 'option' ? 'one_option' : kind,
        required: required ?? false,
        description: description ?? '',
        options,
        ...(kind === 'table' ? { items: columns?.map(columnOf) } : is_old && { items }),
    };
}

/** With this form; one that asks and says nothing is none. */
export function withForm(agent: AgentDoc, when: When, form: AskedForm): AgentDoc['pre_and_post_execution_input'] {
    const is_empty = !form.fields?.length && !form.title && !form.description;
    const next = { ...agent.pre_and_post_execution_input, [when]: is_empty ? null : form };
    return next.pre || next.post ? next : null;
}

const members: Record<string, string> = { name: 'field_id', kind: 'type', columns: 'items' };

/** `fields.0.name` of the editor is `fields.0.field_id` to the server. */
export const askedPath = (path: string) => path.replace(/[a-z]+$/, (member) => members[member] ?? member);
