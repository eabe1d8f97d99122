import type { AskedField } from '@/api/inbox';
import { t } from '@/i18n';
import { formatDateTime } from '@/i18n/format';
import { JsonView } from '../json-view';
import { isObject, itemsOf, kindOf, textOf } from './kinds';
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
    const items = itemsOf(field, value);
    if (Array.isArray(value) && items.length > 0) return <Rows items={items} rows={value} label={label} />;
    if (isObject(value) && items.length > 0) return <ValueList fields={items} values={value} />;
    return <JsonView value={value} label={label} />;
}

type RowsProps = { items: readonly AskedField[]; rows: readonly unknown[]; label: string };

function Rows({ items, rows, label }: RowsProps) {
    return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <section className={classes.rows} aria-label={label} tabIndex={0}>
            <table>
                <thead>
                    <tr>
                        {items.map(({ field_id, label: name }) => (
                            <th key={field_id} scope="col">
                                {name || field_id}
                            </th>
                        ))}
                    </tr>
                </thead>
                <tbody>
                    {rows.map((row, index) => (
                        <tr key={index}>
                            {items.map(({ field_id }) => (
                                <td key={field_id}>{isObject(row) ? textOf(row[field_id]) : ''}</td>
                            ))}
                        </tr>
                    ))}
                </tbody>
            </table>
        </section>
    );
}
