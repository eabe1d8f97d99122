import type { Column, Condition } from '@/api/records';
import { type Key, t } from '@/i18n';
import { cellText } from './cells';

type Operator = { id: string; text: Extract<Key, `tables.is${string}`>; has_value: boolean };

const operators = {
    contains: { id: 'contains', text: 'tables.isContaining', has_value: true },
    eq: { id: 'eq', text: 'tables.isEqual', has_value: true },
    ne: { id: 'ne', text: 'tables.isNot', has_value: true },
    starts_with: { id: 'starts_with', text: 'tables.isStarting', has_value: true },
    lt: { id: 'lt', text: 'tables.isLess', has_value: true },
    lte: { id: 'lte', text: 'tables.isAtMost', has_value: true },
    gt: { id: 'gt', text: 'tables.isMore', has_value: true },
    gte: { id: 'gte', text: 'tables.isAtLeast', has_value: true },
    exists: { id: 'exists', text: 'tables.isThere', has_value: false },
    missing: { id: 'missing', text: 'tables.isMissing', has_value: false },
} as const satisfies Record<string, Operator>;

const of_numbers = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'exists', 'missing'] as const;
const of_presence = ['exists', 'missing'] as const;

/** Those that the server knows for this type of column. */
export function operatorsOf({ column_type }: Column): readonly Operator[] {
    switch (column_type) {
        case 'String':
            return (['contains', 'eq', 'ne', 'starts_with', ...of_presence] as const).map((id) => operators[id]);
        case 'Number':
        case 'Date':
            return of_numbers.map((id) => operators[id]);
        case 'Enum':
            return (['eq', 'ne', ...of_presence] as const).map((id) => operators[id]);
        case 'Boolean':
            return (['eq', ...of_presence] as const).map((id) => operators[id]);
        default:
            return of_presence.map((id) => operators[id]);
    }
}

/** What the server calls "exists: false" is an operator of its own to people. */
export const operatorOf = ({ operator, value }: Condition) =>
    operator === 'exists' && value === false ? 'missing' : operator;

export const conditionOf = (field: string, operator: string, value: unknown): Condition => {
    if (operator === 'exists' || operator === 'missing')
        return { field, operator: 'exists', value: operator === 'exists' };
    return { field, operator, value };
};

/** "Amount at least 3" */
export function conditionText(condition: Condition, columns: readonly Column[]): string {
    const column = columns.find(({ column_id }) => column_id === condition.field);
    const operator = Object.values<Operator>(operators).find(({ id }) => id === operatorOf(condition));
    const name = column?.column_name ?? condition.field;
    const verb = operator ? t(operator.text) : condition.operator;
    if (!operator?.has_value) return `${name} ${verb}`;
    return `${name} ${verb} ${column ? cellText(column, condition.value) : String(condition.value)}`;
}
