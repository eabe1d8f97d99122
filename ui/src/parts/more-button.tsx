import { Button } from '@mantine/core';
import { t } from '@/i18n';

/** Of an infinite query. */
type MoreButtonProps = {
    query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
};

/** Under a list that grows; nothing when all of it is shown. */
export function MoreButton({ query }: MoreButtonProps) {
    if (!query.hasNextPage) return null;
    return (
        <Button variant="default" size="xs" loading={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
            {t('parts.more')}
        </Button>
    );
}
