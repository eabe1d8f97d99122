import { Group, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './settings-group.module.css';

type SettingsGroupProps = {
    title: string;
    /** What it does, in a sentence. */
    lead?: ReactNode;
    /** Beside the title. */
    action?: ReactNode;
    children: ReactNode;
};

/** What belongs together below one heading. */
export function SettingsGroup({ title, lead, action, children }: SettingsGroupProps) {
    return (
        <section className={classes.group}>
            <Group justify="space-between" align="flex-start" gap="sm" mb="md">
                <Stack gap={2} flex={1} miw={220}>
                    <Title order={2}>{title}</Title>
                    {lead && (
                        <Text size="sm" c="dimmed" maw={640}>
                            {lead}
                        </Text>
                    )}
                </Stack>
                {action}
            </Group>
            {children}
        </section>
    );
}

/** A frame around rows or fields. */
export function SettingsCard({ children }: { children: ReactNode }) {
    return <div className={classes.card}>{children}</div>;
}

type SettingsRowProps = { title: ReactNode; text?: ReactNode; children?: ReactNode };

/** What something is, and what can be done with it. */
export function SettingsRow({ title, text, children }: SettingsRowProps) {
    return (
        <div className={classes.row}>
            <Stack gap={2} className={classes.what}>
                <Text size="sm" fw={500} component="div">
                    {title}
                </Text>
                {text && (
                    <Text size="sm" c="dimmed" component="div">
                        {text}
                    </Text>
                )}
            </Stack>
            {children && (
                <Group gap="xs" className={classes.deeds}>
                    {children}
                </Group>
            )}
        </div>
    );
}
