import { Group, Text } from '@mantine/core';
import type { InboxItem } from '@/api/inbox';
import { t } from '@/i18n';
import { formatDateTime } from '@/i18n/format';
import { StatusBadge } from '@/parts/status-badge';
import { readable } from '../inbox/look';
import classes from './inbox-item.module.css';

const outcome_texts = {
    done: 'inbox.saidDone',
    not_done: 'inbox.saidNotDone',
    go_on: 'inbox.saidGoOn',
    stop: 'inbox.saidStop',
} as const;

/** What was decided, by whom, and why. */
export function Outcome({ item }: { item: InboxItem }) {
    const by = item.answered_by?.name;
    return (
        <div className={classes.outcome} role="status">
            <Group gap="xs">
                <StatusBadge status={item.status} />
                <Text size="sm" c="dimmed">
                    {by ? t('inbox.answeredBy', { name: by }) : ''} {formatDateTime(item.updated_at / 1000)}
                </Text>
            </Group>
            {item.outcome && <Text size="sm">{t(outcome_texts[item.outcome])}</Text>}
            {item.reason && <Text size="sm">{t('inbox.reasonWas', { reason: item.reason })}</Text>}
            {item.expiry && (
                <Text size="sm" c="dimmed">
                    {readable(item.expiry)}
                </Text>
            )}
        </div>
    );
}
