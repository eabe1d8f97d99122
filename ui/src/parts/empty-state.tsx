import { Stack, Text, Title } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import classes from './empty-state.module.css';

type EmptyStateProps = {
    icon: Icon;
    title: string;
    /** Teaches: what belongs here, and what it is good for. */
    text: string;
    /** How to begin. */
    action?: ReactNode;
};

export function EmptyState({ icon: Icon, title, text, action }: EmptyStateProps) {
    return (
        <Stack className={classes.empty} align="center" gap="xs">
            <span className={classes.icon}>
                <Icon size={22} stroke={1.5} aria-hidden />
            </span>
            <Title order={2} fz="md" lh="20px" mt={4}>
                {title}
            </Title>
            <Text size="sm" c="dimmed" ta="center" maw={420}>
                {text}
            </Text>
            {action && <div className={classes.action}>{action}</div>}
        </Stack>
    );
}
