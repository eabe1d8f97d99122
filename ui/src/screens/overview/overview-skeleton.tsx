import { Skeleton, Stack } from '@mantine/core';
import { t } from '@/i18n';
import classes from './overview.module.css';

export function OverviewSkeleton() {
    return (
        <Stack gap="lg" role="status" aria-label={t('parts.loading')} aria-busy>
            <Skeleton height={96} radius="lg" />
            <div className={classes.columns}>
                <Skeleton height={320} radius="lg" />
                <Skeleton height={320} radius="lg" />
            </div>
        </Stack>
    );
}
