import { SimpleGrid, Skeleton, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { t } from '@/i18n';

function Loading({ children }: { children: ReactNode }) {
    return (
        <div role="status" aria-label={t('parts.loading')} aria-busy>
            {children}
        </div>
    );
}

const indexes = (count: number) => Array.from({ length: count }, (_, index) => index);

export function TextSkeleton({ lines = 3 }: { lines?: number }) {
    return (
        <Loading>
            <Stack gap="xs">
                {indexes(lines).map((line) => (
                    <Skeleton key={line} height={12} width={`${90 - ((line * 17) % 40)}%`} />
                ))}
            </Stack>
        </Loading>
    );
}

/** As high as the rows that follow: nothing jumps. */
export function TableSkeleton({ rows = 6 }: { rows?: number }) {
    return (
        <Loading>
            <Stack gap={1}>
                {indexes(rows + 1).map((row) => (
                    <Skeleton key={row} height={39} radius={0} />
                ))}
            </Stack>
        </Loading>
    );
}

export function CardsSkeleton({ height = 168 }: { height?: number }) {
    return (
        <Loading>
            <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="md">
                {indexes(3).map((card) => (
                    <Skeleton key={card} height={height} radius="lg" />
                ))}
            </SimpleGrid>
        </Loading>
    );
}
