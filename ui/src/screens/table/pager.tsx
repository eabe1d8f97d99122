import { ActionIcon, Group, Select, Text } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { t } from '@/i18n';
import { formatNumber } from '@/i18n/format';
import classes from './grid.module.css';
import { page_sizes } from './search';

type PagerProps = {
    page: number;
    size: number;
    total: number;
    on_page: (page: number) => void;
    on_size: (size: number) => void;
};

export function Pager({ page, size, total, on_page, on_size }: PagerProps) {
    const first = (page - 1) * size + 1;
    const last = Math.min(page * size, total);
    return (
        <div className={classes.foot}>
            <Text size="sm" c="dimmed" flex={1} aria-live="polite">
                {total === 0
                    ? t('tables.noRows')
                    : t('tables.range', {
                          first: formatNumber(Math.min(first, total)),
                          last: formatNumber(last),
                          total: formatNumber(total),
                      })}
            </Text>
            {total > page_sizes[0] && (
                <Select
                    size="xs"
                    w={110}
                    aria-label={t('tables.pageSize')}
                    value={String(size)}
                    onChange={(chosen) => on_size(Number(chosen))}
                    data={page_sizes.map((each) => ({
                        value: String(each),
                        label: t('tables.perPage', { count: each }),
                    }))}
                />
            )}
            <Group gap={4}>
                <ActionIcon
                    variant="default"
                    size={30}
                    aria-label={t('tables.previousPage')}
                    disabled={page <= 1}
                    onClick={() => on_page(page - 1)}
                >
                    <IconChevronLeft size={16} stroke={1.75} />
                </ActionIcon>
                <ActionIcon
                    variant="default"
                    size={30}
                    aria-label={t('tables.nextPage')}
                    disabled={last >= total}
                    onClick={() => on_page(page + 1)}
                >
                    <IconChevronRight size={16} stroke={1.75} />
                </ActionIcon>
            </Group>
        </div>
    );
}
