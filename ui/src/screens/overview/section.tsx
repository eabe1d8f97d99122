import { Anchor, Group, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { t } from '@/i18n';
import classes from './overview.module.css';

type SectionProps = { id: string; title: string; to: string; children: ReactNode };

/** A few rows of what has a screen of its own. */
export function Section({ id, title, to, children }: SectionProps) {
    return (
        <section aria-labelledby={id}>
            <Group justify="space-between" mb="xs">
                <Title order={2} id={id} fz="md" lh="20px">
                    {title}
                </Title>
                <Anchor component={Link} to={to} aria-label={t('overview.allOf', { title })}>
                    {t('overview.all')}
                </Anchor>
            </Group>
            {children}
        </section>
    );
}

export function Rows({ children }: { children: ReactNode }) {
    return <ul className={classes.rows}>{children}</ul>;
}

/** In place of rows. */
export function Nothing({ text }: { text: string }) {
    return (
        <Text size="sm" c="dimmed" className={classes.nothing}>
            {text}
        </Text>
    );
}
