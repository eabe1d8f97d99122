import { ActionIcon, Badge, Button, Group, Menu, Tooltip } from '@mantine/core';
import {
    IconArrowBackUp,
    IconArrowForwardUp,
    IconDots,
    IconHistory,
    IconPlayerPlay,
    IconSettings,
    IconTrash,
} from '@tabler/icons-react';
import { t } from '@/i18n';
import { useConfirm } from '@/parts/confirm';
import { useFlowBuilder } from './context';

type ToolbarProps = {
    /** Which version runs take when it is not the newest. */
    published: number | null | undefined;
    on_save: () => void;
    on_run: () => void;
    on_versions: () => void;
    on_settings: () => void;
};

export function Toolbar({ published, on_save, on_run, on_versions, on_settings }: ToolbarProps) {
    const { builder, may_edit, may_run } = useFlowBuilder();
    const { is_dirty, is_saving, can_undo, can_redo, undo, redo, base } = builder;
    const confirm = useConfirm();
    const discard = async () => {
        const is_meant = await confirm({
            title: t('flow.discardTitle'),
            text: t('flow.discardText', { version: base.version }),
            confirm: t('flow.discard'),
            tone: 'danger',
        });
        if (is_meant) builder.discard();
    };
    const steps = [
        { label: t('flow.undo'), icon: IconArrowBackUp, act: undo, can: can_undo },
        { label: t('flow.redo'), icon: IconArrowForwardUp, act: redo, can: can_redo },
    ];
    return (
        <>
            {/* Always there: what comes and goes would push the rest. */}
            <Badge
                variant={is_dirty ? 'light' : 'transparent'}
                color={is_dirty ? 'yellow' : 'gray'}
                c={is_dirty ? 'var(--weft-warn)' : 'dimmed'}
                data-testid="saved-mark"
            >
                {is_dirty ? t('flow.unsaved') : t('flow.versionShort', { version: base.version })}
            </Badge>
            {published ? (
                <Badge variant="light" color="gray" c="var(--mantine-color-text)">
                    {t('flow.runsTake', { version: published })}
                </Badge>
            ) : null}
            {may_edit && (
                <Group gap={0} wrap="nowrap">
                    {steps.map(({ label, icon: Icon, act, can }) => (
                        <Tooltip key={label} label={label}>
                            <ActionIcon
                                aria-label={label}
                                onClick={act}
                                disabled={!can}
                                bg={can ? undefined : 'transparent'}
                            >
                                <Icon size={18} stroke={1.75} />
                            </ActionIcon>
                        </Tooltip>
                    ))}
                </Group>
            )}
            <Menu>
                <Menu.Target>
                    <ActionIcon aria-label={t('flow.more')}>
                        <IconDots size={18} stroke={1.75} />
                    </ActionIcon>
                </Menu.Target>
                <Menu.Dropdown>
                    <Menu.Item leftSection={<IconSettings size={16} stroke={1.5} />} onClick={on_settings}>
                        {t('flow.flowSettings')}
                    </Menu.Item>
                    <Menu.Item leftSection={<IconHistory size={16} stroke={1.5} />} onClick={on_versions}>
                        {t('flow.versions')}
                    </Menu.Item>
                    {may_edit && (
                        <Menu.Item
                            color="var(--weft-bad)"
                            leftSection={<IconTrash size={16} stroke={1.5} />}
                            disabled={!is_dirty}
                            onClick={discard}
                        >
                            {t('flow.discard')}
                        </Menu.Item>
                    )}
                </Menu.Dropdown>
            </Menu>
            <Button
                variant="default"
                visibleFrom="md"
                leftSection={<IconHistory size={16} stroke={1.75} />}
                onClick={on_versions}
            >
                {t('flow.versions')}
            </Button>
            {may_run && (
                <Button
                    variant="default"
                    leftSection={<IconPlayerPlay size={16} stroke={1.75} />}
                    onClick={on_run}
                    disabled={is_saving}
                >
                    {is_dirty && may_edit ? t('flow.saveAndRun') : t('flow.run')}
                </Button>
            )}
            {may_edit && (
                <Button onClick={on_save} loading={is_saving} disabled={!is_dirty}>
                    {t('flow.save')}
                </Button>
            )}
        </>
    );
}
