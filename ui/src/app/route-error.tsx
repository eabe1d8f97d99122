import { Button } from '@mantine/core';
import { IconMapQuestion } from '@tabler/icons-react';
import { type ErrorComponentProps, Link } from '@tanstack/react-router';
import { t } from '@/i18n';
import { EmptyState } from '@/parts/empty-state';
import { ErrorView } from '@/parts/error-view';
import { Page } from '@/parts/page';

/** A screen that failed while it was drawn or loaded. */
export function RouteError({ error, reset }: ErrorComponentProps) {
    return (
        <Page title={t('errors.title')}>
            <ErrorView error={error} on_retry={reset} />
        </Page>
    );
}

export function NotFound() {
    return (
        <Page title={t('shell.notFoundTitle')}>
            <EmptyState
                icon={IconMapQuestion}
                title={t('shell.notFoundTitle')}
                text={t('shell.notFoundText')}
                action={
                    <Button component={Link} to="/" variant="default">
                        {t('shell.toCoworkers')}
                    </Button>
                }
            />
        </Page>
    );
}
