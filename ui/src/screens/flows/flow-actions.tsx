import { ActionIcon, Button, Group, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconCopyPlus, IconDots, IconPlayerPlay, IconTrash } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { type Flow, useCreateFlow, useDeleteFlow } from '@/api/flows';
import { t } from '@/i18n';
import { useConfirm } from '@/parts/confirm';
import { duplicateOf } from './duplicate';

export type Rights = { project: string; may_edit: boolean; may_run: boolean; run: (flow: Flow) => void };

const say = (message: string) => notifications.show({ message, withCloseButton: false });

/** What can be done with a flow of the list. */
export function FlowActions({ flow, rights }: { flow: Flow; rights: Rights }) {
    const { project, may_edit, may_run, run } = rights;
    const { name } = flow;
    return (
        <Group gap={4} wrap="nowrap" justify="flex-end">
            {may_run && (
                <Button
                    variant="default"
                    size="compact-sm"
                    leftSection={<IconPlayerPlay size={14} stroke={1.75} />}
                    aria-label={t('flows.runOf', { name })}
                    onClick={() => run(flow)}
                >
                    {t('flows.run')}
                </Button>
            )}
            {may_edit && <More project={project} flow={flow} />}
        </Group>
    );
}

function More({ project, flow }: { project: string; flow: Flow }) {
    const { name } = flow;
    const confirm = useConfirm();
    const navigate = useNavigate();
    const remove = useDeleteFlow(project);
    const create = useCreateFlow(project);
    const duplicate = () =>
        create.mutate(duplicateOf(flow), {
            onSuccess: ({ _id, name: copy }) => {
                say(t('flows.duplicated', { name: copy }));
                void navigate({ to: '/p/$project/flows/$flow', params: { project, flow: _id } });
            },
        });
    const askAndRemove = async () => {
        const is_meant = await confirm({
            title: t('flows.removeTitle', { name }),
            text: t('flows.removeText'),
            confirm: t('flows.removeConfirm'),
            tone: 'danger',
        });
        if (is_meant) remove.mutate(flow._id, { onSuccess: () => say(t('flows.removed', { name })) });
    };
    return (
        <Menu>
            <Menu.Target>
                <ActionIcon size={28} aria-label={t('flows.moreOf', { name })}>
                    <IconDots size={16} stroke={1.75} />
                </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
                <Menu.Item leftSection={<IconCopyPlus size={16} stroke={1.5} />} onClick={duplicate}>
                    {t('flows.duplicate')}
                </Menu.Item>
                <Menu.Item
                    color="var(--weft-bad)"
                    leftSection={<IconTrash size={16} stroke={1.5} />}
                    onClick={() => void askAndRemove()}
                >
                    {t('flows.remove')}
                </Menu.Item>
            </Menu.Dropdown>
        </Menu>
    );
}
