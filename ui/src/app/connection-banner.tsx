import { IconCloudOff } from '@tabler/icons-react';
import { onlineManager } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { t } from '@/i18n';
import classes from './connection-banner.module.css';

/** One line while the server does not answer, instead of a message for each call that failed. */
export function ConnectionBanner() {
    const online = useSyncExternalStore(
        (changed) => onlineManager.subscribe(changed),
        () => onlineManager.isOnline(),
    );
    return (
        <div role="status" aria-live="polite">
            {!online && (
                <div className={classes.banner}>
                    <IconCloudOff size={16} stroke={1.75} aria-hidden />
                    {t('shell.connectionLost')}
                </div>
            )}
        </div>
    );
}
