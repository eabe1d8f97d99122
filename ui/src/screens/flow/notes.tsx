import { Anchor, Group, Text } from '@mantine/core';
import { IconInfoCircle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { t } from '@/i18n';
import { formatRelative } from '@/i18n/format';
import classes from './builder.module.css';
import { useFlowBuilder } from './context';

function Note({ children }: { children: ReactNode }) {
    return (
        <Group className={classes.note} gap={8} wrap="nowrap" role="status">
            <IconInfoCircle size={16} stroke={1.75} aria-hidden />
            <Text size="sm">{children}</Text>
        </Group>
    );
}

/** What whoever edits must know before he goes on. */
export function Notes() {
    const { builder, may_edit } = useFlowBuilder();
    if (!may_edit) return <Note>{t('flow.readOnly')}</Note>;
    if (builder.newer !== undefined)
        return (
            <Note>
                {t('flow.newer', { version: builder.newer })}{' '}
                <Anchor component="button" type="button" onClick={builder.showConflict}>
                    {t('flow.compare')}
                </Anchor>
            </Note>
        );
    if (!builder.is_kept) return <Note>{t('flow.draftNotKept')}</Note>;
    if (builder.has_draft_of !== undefined)
        return <Note>{t('flow.draftFound', { when: formatRelative(builder.has_draft_of) })}</Note>;
    return null;
}
