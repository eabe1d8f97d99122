import { Kbd, Text } from '@mantine/core';
import { IconUsers, IconWifiOff } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { ApiError, ConnectionLost } from '@/api/client';
import { t } from '@/i18n';
import { detailOf, whatToDo } from '@/parts/error-view';
import { readable } from '../inbox/look';
import classes from './answer-bar.module.css';
import { Notice } from './notice';

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
            {Boolean(error) && (
                <div className={classes.problem}>
                    <AnswerProblem error={error} />
                </div>
            )}
            <div className={classes.buttons}>
                {note && <span className={classes.note}>{note}</span>}
                {children}
            </div>
        </footer>
    );
}

/** 409 says who was first and what he decided; a lost connection loses nothing. */
function AnswerProblem({ error }: { error: unknown }) {
    if (error instanceof ApiError && error.status === 409)
        return (
            <Notice role="alert" tone="warn" icon={IconUsers} title={t('inbox.tooLate')}>
                {readable(error.detail)}
            </Notice>
        );
    if (error instanceof ConnectionLost)
        return (
            <Notice role="alert" tone="warn" icon={IconWifiOff} title={t('inbox.notSent')}>
                {t('inbox.notSentText')}
            </Notice>
        );
    return (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
            {detailOf(error)} {whatToDo(error)}
        </Text>
    );
}

export const Key = ({ children }: { children: string }) => (
    <Kbd className={classes.key} aria-hidden>
        {children}
    </Kbd>
);
