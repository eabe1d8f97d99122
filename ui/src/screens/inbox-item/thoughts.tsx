import { Text } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import type { InboxItem } from '@/api/inbox';
import { t } from '@/i18n';
import classes from './inbox-item.module.css';

const parts = [
    ['text', 'inbox.thoughtText'],
    ['reasoning', 'inbox.thoughtReasoning'],
    ['plan', 'inbox.thoughtPlan'],
    ['criticism', 'inbox.thoughtCriticism'],
    ['speak', 'inbox.thoughtSpeak'],
] as const;

/** What the model thought when it chose this: folded, as most answers need none of it. */
export function Thoughts({ item }: { item: InboxItem }) {
    const thoughts = item.preview_input?.thoughts ?? {};
    const said = parts.filter(([name]) => thoughts[name]);
    if (said.length === 0) return null;
    return (
        <details className={classes.thoughts}>
            <summary>
                <IconChevronRight size={15} stroke={1.75} aria-hidden />
                {t('inbox.thoughts')}
            </summary>
            <dl>
                {said.map(([name, text]) => (
                    <div key={name}>
                        <dt>{t(text)}</dt>
                        <dd>
                            <Text size="sm">{thoughts[name]}</Text>
                        </dd>
                    </div>
                ))}
            </dl>
        </details>
    );
}
