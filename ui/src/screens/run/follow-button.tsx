import { Button } from '@mantine/core';
import { IconArrowDown } from '@tabler/icons-react';
import { t } from '@/i18n';
import classes from './run.module.css';

/** Whoever has scrolled away from what grows gets back with it. */
export function FollowButton({ shown, on_follow }: { shown: boolean; on_follow: () => void }) {
    if (!shown) return null;
    return (
        <div className={classes.follow}>
            <Button variant="default" radius="xl" leftSection={<IconArrowDown size={16} />} onClick={on_follow}>
                {t('run.follow')}
            </Button>
        </div>
    );
}
