import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { ApiError, ConnectionLost } from '@/api/client';
import { t } from '@/i18n';
import classes from './error-view.module.css';

/** What whoever reads it can do about it. */
export function whatToDo(error: unknown): string {
    if (error instanceof ConnectionLost) return t('errors.connection');
    if (!(error instanceof ApiError)) return t('errors.page');
    switch (error.status) {
        case 402:
            return t('errors.payment');
        case 403:
            return t('errors.forbidden');
        case 404:
            return t('errors.notFound');
        case 409:
            return t('errors.conflict');
        case 422:
            return t('errors.fields');
        case 429:
            return t('errors.tooMany');
        case 501:
            return t('errors.notBuilt');
        default:
            return t('errors.server', { request: error.request_id || '–' });
    }
}

/** What went wrong, in the server's words. */
export function detailOf(error: unknown): string {
    return error instanceof ApiError ? error.detail : '';
}

/** In place of what could not be shown. */
export function ErrorView({ error, on_retry }: { error: unknown; on_retry?: () => void }) {
    return (
        <Group className={classes.error} role="alert" align="flex-start" gap="sm" wrap="nowrap">
            <IconAlertTriangle className={classes.icon} size={20} stroke={1.75} aria-hidden />
            <Stack gap={4}>
                <Title order={2} fz="md" lh="20px">
                    {detailOf(error) || t('errors.title')}
                </Title>
                <Text size="sm" c="dimmed">
                    {whatToDo(error)}
                </Text>
                {on_retry && (
                    <div>
                        <Button variant="default" size="xs" mt="xs" onClick={on_retry}>
                            {t('parts.retry')}
                        </Button>
                    </div>
                )}
            </Stack>
        </Group>
    );
}
