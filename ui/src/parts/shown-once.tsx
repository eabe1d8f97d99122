import { Button, Code, Group, Stack, Text } from '@mantine/core';
import { t } from '@/i18n';
import { CopyButton } from './copy-button';
import classes from './shown-once.module.css';

type ShownOnceProps = { label: string; secret: string; text: string; on_done?: () => void };

/** A key or a link that nothing shows again. */
export function ShownOnce({ label, secret, text, on_done }: ShownOnceProps) {
    return (
        <Stack gap="md">
            <Text size="sm">{text}</Text>
            <div>
                <Text size="sm" fw={500} mb={4}>
                    {label}
                </Text>
                <Group gap="xs" wrap="nowrap" className={classes.frame}>
                    <Code className={classes.secret} data-testid="shown-once">
                        {secret}
                    </Code>
                    <CopyButton text={secret} label={t('parts.copyOf', { name: label })} />
                </Group>
            </div>
            {on_done && (
                <Group justify="flex-end">
                    <Button onClick={on_done}>{t('parts.done')}</Button>
                </Group>
            )}
        </Stack>
    );
}
