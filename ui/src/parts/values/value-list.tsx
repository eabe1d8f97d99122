import type { AskedField } from '@/api/inbox';
import { t } from '@/i18n';
import { formatDateTime } from '@/i18n/format';
import { JsonView } from '../json-view';
import { isObject, kindOf, textOf } from './kinds';
import classes from './values.module.css';

type ValueListProps = { fields: readonly AskedField[]; values: Record<string, unknown> };

/** Names and values, to read. */
export function ValueList({ fields, values }: ValueListProps) {
    return (
        <dl className={classes.pairs}>
            {fields.map((field) => (
                <Pair key={field.field_id} field={field} value={values[field.field_id]} />
            ))}
        </dl>
    );
}

function Pair({ field, value }: { field: AskedField; value: unknown }) {
    const label = field.label || field.field_id;
    return (
        <>
            <dt>{label}</dt>
            <dd>
                <Value field={field} value={value} label={label} />
            </dd>
        </>
    );
}

function Value({ field, value, label }: { field: AskedField; value: unknown; label: string }) {
    if (value === undefined || value === null || value === '')
        return <span className={classes.nothing}>{t('values.nothing')}</span>;
    if (typeof value === 'boolean') return value ? t('values.yes') : t('values.no');
    const is_date_time = kindOf(field, value) === 'date_time';
    if (is_date_time && (typeof value === 'number' || !Number.isNaN(Date.parse(String(value)))))
        return formatDateTime(typeof value === 'number' ? value : String(value));
    const is_plain = Array.isArray(value) ? value.every((each) => typeof each === 'string') : !isObject(value);
    if (is_plain) return textOf(value);
    return <JsonView value={value} label={label} />;
}
