import { Box, Group, Select } from '@mantine/core';
import { t } from '@/i18n';
import { PageButtons, PageRange, type PagerProps } from '@/parts/pager';
import classes from './grid.module.css';
import { page_sizes } from './search';

type GridPagerProps = PagerProps & { on_size: (size: number) => void };

/** Like that of other lists, and how many rows a page has is the reader's choice. */
export function GridPager({ on_size, ...props }: GridPagerProps) {
    return (
        <nav className={classes.foot} aria-label={t('parts.pages')}>
            <Box flex={1}>
                <PageRange {...props} />
            </Box>
            {props.total > page_sizes[0] && (
                <Select
                    size="xs"
                    w={110}
                    aria-label={t('tables.pageSize')}
                    value={String(props.size)}
                    onChange={(chosen) => on_size(Number(chosen))}
                    data={page_sizes.map((each) => ({
                        value: String(each),
                        label: t('tables.perPage', { count: each }),
                    }))}
                />
            )}
            <Group gap={4}>
                <PageButtons {...props} />
            </Group>
        </nav>
    );
}
