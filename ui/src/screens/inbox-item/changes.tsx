import { Title } from '@mantine/core';
import type { InboxItem, Values } from '@/api/inbox';
import { t } from '@/i18n';
import { isSame, textOf } from '@/parts/values/kinds';
import classes from './inbox-item.module.css';

export type Change = { name: string; before: unknown; after: unknown };

/** The input as the agent asked it, before anybody changed it. */
export function askedInput(item: InboxItem): Values {
    const input: Values = { ...item.preview_input?.skill.input };
    for (const { name, before } of item.modified_inputs_during_preview ?? []) {
        if (before === null) delete input[name];
        else input[name] = before;
    }
    return input;
}

export function changesOf(before: Values, after: Values): Change[] {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names
        .map((name) => ({ name, before: before[name], after: after[name] }))
        .filter((each) => !isSame(each.before, each.after));
}

const shown = (value: unknown) =>
    typeof value === 'object' && value !== null ? JSON.stringify(value, null, 2) : textOf(value);

/** What a person has changed: from what, to what. */
export function Changes({ changes, title }: { changes: Change[]; title: string }) {
    if (changes.length === 0) return null;
    return (
        <section aria-label={title}>
            <Title order={3} mb={6}>
                {title}
            </Title>
            <dl className={classes.changes}>
                {changes.map(({ name, before, after }) => (
                    <div key={name}>
                        <dt>{name}</dt>
                        <dd>
                            <del>{shown(before) || t('values.nothing')}</del>
                            <ins>{shown(after) || t('values.nothing')}</ins>
                        </dd>
                    </div>
                ))}
            </dl>
        </section>
    );
}
