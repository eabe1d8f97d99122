import { Menu, Text } from '@mantine/core';
import { IconClipboard, IconGitFork, IconRobot } from '@tabler/icons-react';
import { t } from '@/i18n';
import { useFlowBuilder } from '../context';
import { slotOf } from '../model/edges';
import classes from './canvas.module.css';

export type Adding = { way: string; at: DOMRect };

/** One menu for all ways of the canvas, opened where somebody pressed +. */
export function AddMenu({ adding, on_close }: { adding: Adding | undefined; on_close: () => void }) {
    const { add } = useFlowBuilder();
    const choose = (kind: 'agent' | 'decision' | 'pasted') => () => {
        if (!adding) return;
        const { source, slot } = slotOf(adding.way);
        add(source, slot, kind);
    };
    return (
        <Menu opened={adding !== undefined} onClose={on_close} position="bottom">
            <Menu.Target>
                {/* Only a place: the menu belongs to the + that was pressed, which has the focus back by itself. */}
                <button
                    type="button"
                    tabIndex={-1}
                    aria-hidden
                    className={classes.menu_anchor}
                    style={{
                        left: adding?.at.left,
                        top: adding?.at.top,
                        width: adding?.at.width,
                        height: adding?.at.height,
                    }}
                />
            </Menu.Target>
            <Menu.Dropdown aria-label={t('flow.addHere')}>
                <Menu.Item leftSection={<IconRobot size={18} stroke={1.5} />} onClick={choose('agent')}>
                    {t('flow.addAgent')}
                    <Text size="xs" c="dimmed">
                        {t('flow.addAgentHint')}
                    </Text>
                </Menu.Item>
                <Menu.Item leftSection={<IconGitFork size={18} stroke={1.5} />} onClick={choose('decision')}>
                    {t('flow.addDecision')}
                    <Text size="xs" c="dimmed">
                        {t('flow.addDecisionHint')}
                    </Text>
                </Menu.Item>
                <Menu.Item leftSection={<IconClipboard size={18} stroke={1.5} />} onClick={choose('pasted')}>
                    {t('flow.paste')}
                    <Text size="xs" c="dimmed">
                        {t('flow.pasteHint')}
                    </Text>
                </Menu.Item>
            </Menu.Dropdown>
        </Menu>
    );
}
