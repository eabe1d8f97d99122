import { Button, Group, List, Stack, Text } from '@mantine/core';
import { IconCopy, IconTrash } from '@tabler/icons-react';
import { t } from '@/i18n';
import { useFlowBuilder } from '../context';
import type { AgentDoc } from '../model/document';

/** What can be done with several agents at once. */
export function MarkedPanel({ agents }: { agents: readonly AgentDoc[] }) {
    const { copy, remove, may_edit } = useFlowBuilder();
    return (
        <Stack gap="md">
            <List size="sm" spacing={4}>
                {agents.map(({ _id, title }) => (
                    <List.Item key={_id}>{title || t('flow.untitled')}</List.Item>
                ))}
            </List>
            <Group gap="xs">
                <Button
                    variant="default"
                    size="xs"
                    leftSection={<IconCopy size={14} stroke={1.75} />}
                    onClick={() => copy(agents)}
                >
                    {t('flow.copy')}
                </Button>
                {may_edit && (
                    <Button
                        variant="default"
                        size="xs"
                        c="var(--weft-bad)"
                        leftSection={<IconTrash size={14} stroke={1.75} />}
                        onClick={() => remove(...agents.map(({ _id }) => _id))}
                    >
                        {t('flow.removeMarked')}
                    </Button>
                )}
            </Group>
            {may_edit && (
                <Text size="xs" c="dimmed">
                    {t('flow.markedHint')}
                </Text>
            )}
        </Stack>
    );
}
