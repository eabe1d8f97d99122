import { Alert, Group, Kbd, Text } from '@mantine/core';
import { IconUsers, IconWifiOff } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { ApiError, ConnectionLost } from '@/api/client';
import { t } from '@/i18n';
import { detailOf, whatToDo } from '@/parts/error-view';
import { readable } from '../inbox/look';
import classes from './inbox-item.module.css';

type AnswerBarProps = {
    error: unknown;
    /** Beside the buttons: what is as yet unsaved. */
    note?: ReactNode;
    children: ReactNode;
};

/** At the bottom of the pane, always in sight. */
export function AnswerBar({ error, note, children }: AnswerBarProps) {
    return (
        <footer className={classes.bar}>
            <AnswerProblem error={error} />
            <Group gap="xs" justify="flex-end">
                {note && (
                    <Text size="xs" c="dimmed" flex={1} miw={120}>
                        {note}
                    </Text>
                )}
                {children}
            </Group>
        </footer>
    );
}

/** 409 says who was first and what he decided; a lost connection loses nothing. */
export function AnswerProblem({ error }: { error: unknown }) {
    if (!error) return null;
    if (error instanceof ApiError && error.status === 409)
        return (
            <Alert
                mb="xs"
                color="orange"
                variant="light"
                role="alert"
                icon={<IconUsers size={18} stroke={1.75} />}
                title={t('inbox.tooLate')}
            >
                {readable(error.detail)}
            </Alert>
        );
    if (error instanceof ConnectionLost)
        return (
            <Alert
                mb="xs"
                color="orange"
                variant="light"
                role="alert"
                icon={<IconWifiOff size={18} stroke={1.75} />}
                title={t('inbox.notSent')}
            >
                {t('inbox.notSentText')}
            </Alert>
        );
    return (
        <Text size="sm" c="var(--mantine-color-error)" role="alert" mb="xs">
            {detailOf(error)} {whatToDo(error)}
        </Text>
    );
}

export const Key = ({ children }: { children: string }) => (
    <Kbd className={classes.key} aria-hidden>
        {children}
    </Kbd>
);
