import { Box, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { ThemeButton } from '@/app/theme-button';
import classes from './front-page.module.css';
import { WeftMark } from './marks';

type FrontPageProps = {
    title: string;
    lead: ReactNode;
    /** wide: more than one form. */
    width?: 'form' | 'wide';
    children: ReactNode;
};

/** Before the sign-in: the mark, a heading, and one thing to do. */
export function FrontPage({ title, lead, width = 'form', children }: FrontPageProps) {
    useEffect(() => {
        document.title = `${title} · Weft`;
    }, [title]);
    return (
        <Box className={classes.page}>
            <Box pos="absolute" top={12} right={12}>
                <ThemeButton />
            </Box>
            <main className={classes.main} data-width={width}>
                <Stack align="center" gap={4} mb="lg">
                    <WeftMark size={40} />
                    <Title order={1} mt="sm" ta="center">
                        {title}
                    </Title>
                    <Text size="sm" c="dimmed" ta="center" maw={460}>
                        {lead}
                    </Text>
                </Stack>
                {children}
            </main>
        </Box>
    );
}
