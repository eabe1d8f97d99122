import { Box, Group, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useEffect } from 'react';
import classes from './page.module.css';

type PageProps = {
    /** The page's heading, and the beginning of the document's title. */
    title: string;
    lead?: string;
    /** Beside the heading: at most one filled button. */
    actions?: ReactNode;
    /** wide: the whole width, for grids and canvases. */
    width?: 'content' | 'wide';
    children: ReactNode;
};

/** The frame of each screen: one heading, its actions, the content. */
export function Page({ title, lead, actions, width = 'content', children }: PageProps) {
    useEffect(() => {
        document.title = `${title} · Weft`;
    }, [title]);
    return (
        <Box className={classes.page} data-width={width}>
            <Group justify="space-between" align="flex-start" gap="md" mb="lg" wrap="wrap">
                <Stack gap={4} maw={640}>
                    <Title order={1}>{title}</Title>
                    {lead && (
                        <Text size="sm" c="dimmed">
                            {lead}
                        </Text>
                    )}
                </Stack>
                {actions && <Group gap="xs">{actions}</Group>}
            </Group>
            {children}
        </Box>
    );
}
