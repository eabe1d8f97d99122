import { Box, Group, Stack, Text, Title, VisuallyHidden } from '@mantine/core';
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
    /** Only for screen readers: where what follows has a heading of its own, and a phone has no room for two. */
    hides_heading?: boolean;
    children: ReactNode;
};

/** The frame of each screen: one heading, its actions, the content. */
export function Page({ title, lead, actions, width = 'content', hides_heading, children }: PageProps) {
    useEffect(() => {
        document.title = `${title} · Weft`;
    }, [title]);
    return (
        <Box className={classes.page} data-width={width}>
            {hides_heading && (
                <VisuallyHidden>
                    <Title order={1}>{title}</Title>
                </VisuallyHidden>
            )}
            {!hides_heading && <Heading {...{ title, lead, actions }} />}
            {children}
        </Box>
    );
}

function Heading({ title, lead, actions }: Pick<PageProps, 'title' | 'lead' | 'actions'>) {
    return (
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
    );
}
