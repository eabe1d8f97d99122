import { ActionIcon, Group, Text } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { t } from '@/i18n';

export type PagerProps = {
    /** From 1. */
    page: number;
    size: number;
    /** How many rows there are on all pages. */
    total: number;
    on_page: (page: number) => void;
};

/** Under a list that the server pages. */
export function Pager(props: PagerProps) {
    const { page, size, total } = props;
    if (total <= size && page === 1) return null;
    return (
        <Group component="nav" aria-label={t('parts.pages')} justify="flex-end" gap="xs" mt="sm">
            <PageRange {...props} />
            <PageButtons {...props} />
        </Group>
    );
}

/** Which of how many. */
export function PageRange({ page, size, total }: Omit<PagerProps, 'on_page'>) {
    const from = Math.min((page - 1) * size + 1, total);
    const to = Math.min(page * size, total);
    return (
        <Text size="sm" c="dimmed" aria-live="polite">
            {t('parts.range', { from, to, total })}
        </Text>
    );
}

export function PageButtons({ page, size, total, on_page }: PagerProps) {
    return (
        <>
            <ActionIcon
                variant="default"
                aria-label={t('parts.previousPage')}
                disabled={page <= 1}
                onClick={() => on_page(page - 1)}
            >
                <IconChevronLeft size={16} stroke={1.75} />
            </ActionIcon>
            <ActionIcon
                variant="default"
                aria-label={t('parts.nextPage')}
                disabled={page * size >= total}
                onClick={() => on_page(page + 1)}
            >
                <IconChevronRight size={16} stroke={1.75} />
            </ActionIcon>
        </>
    );
}
