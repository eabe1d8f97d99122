// g and then a letter goes to a section; ? shows the sheet. A screen's own keys: useScreenKeys, and a line in
// the sheet's list of its area.
import { Group, Kbd, Modal, Stack, Text, Title } from '@mantine/core';
import { useRouter } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { t } from '@/i18n';
import { sequence_ms_max } from '@/parts/use-screen-keys';
import { sections } from './navigation';

function isTyping(target: EventTarget | null): boolean {
    return (
        target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
    );
}

export function useShortcuts(project: string | undefined, openSheet: () => void) {
    const router = useRouter();
    const g_pressed_at = useRef(Number.NEGATIVE_INFINITY);
    useEffect(() => {
        const onKeyDown = (event: KeyboardEvent) => {
            if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
            if (event.key === '?') return openSheet();
            if (event.key === 'g') {
                g_pressed_at.current = event.timeStamp;
                return;
            }
            const follows_g = event.timeStamp - g_pressed_at.current < sequence_ms_max;
            g_pressed_at.current = Number.NEGATIVE_INFINITY;
            const section = sections.find(({ key }) => key === event.key);
            if (!follows_g || !section || !project) return;
            event.preventDefault();
            void router.navigate({ to: section.to, params: { project } });
        };
        window.addEventListener('keydown', onKeyDown);
        return () => window.removeEventListener('keydown', onKeyDown);
    }, [router, project, openSheet]);
}

function Line({ text, keys }: { text: string; keys: readonly string[] }) {
    return (
        <Group justify="space-between" wrap="nowrap">
            <Text size="sm">{text}</Text>
            <Group gap={4} wrap="nowrap">
                {keys.map((key) => (
                    <Kbd key={key}>{key}</Kbd>
                ))}
            </Group>
        </Group>
    );
}

export function ShortcutSheet({ opened, on_close }: { opened: boolean; on_close: () => void }) {
    return (
        <Modal
            opened={opened}
            onClose={on_close}
            title={t('shell.shortcuts')}
            closeButtonProps={{ 'aria-label': t('parts.close') }}
        >
            <Stack gap="xs">
                <Title order={3}>{t('palette.general')}</Title>
                <Line text={t('palette.openPalette')} keys={['⌘ / Ctrl', 'K']} />
                <Line text={t('palette.openShortcuts')} keys={['?']} />
                <Title order={3} mt="sm">
                    {t('palette.goTo')}
                </Title>
                {sections.map(({ id, text, key }) => (
                    <Line key={id} text={t(text)} keys={['G', key.toUpperCase()]} />
                ))}
                <Title order={3} mt="sm">
                    {t('runs.title')}
                </Title>
                <Line text={t('runs.keyMove')} keys={['J', 'K']} />
                <Line text={t('runs.stop')} keys={['S']} />
                <Line text={t('runs.keyPause')} keys={['P']} />
                <Title order={3} mt="sm">
                    {t('inbox.keysTitle')}
                </Title>
                <Line text={t('inbox.keyNext')} keys={['J', 'K']} />
                <Line text={t('inbox.keyEdit')} keys={['E']} />
                <Line text={t('inbox.keyApprove')} keys={['A']} />
                <Line text={t('inbox.keyReject')} keys={['R']} />
                <Line text={t('inbox.keyMark')} keys={['X']} />
                <Title order={3} mt="sm">
                    {t('tables.keysTitle')}
                </Title>
                <Line text={t('tables.keyMove')} keys={['←', '↑', '→', '↓']} />
                <Line text={t('tables.keyEdit')} keys={['Enter']} />
                <Line text={t('tables.keyLeave')} keys={['Esc']} />
                <Line text={t('tables.keyMark')} keys={['Space']} />
                <Title order={3} mt="sm">
                    {t('flow.builder')}
                </Title>
                <Line text={t('flow.save')} keys={['⌘ / Ctrl', 'S']} />
                <Line text={t('flow.undo')} keys={['⌘ / Ctrl', 'Z']} />
                <Line text={t('flow.redo')} keys={['⇧', '⌘ / Ctrl', 'Z']} />
                <Line text={t('flow.chooseSeveral')} keys={['⇧']} />
                <Line text={t('flow.copyPaste')} keys={['⌘ / Ctrl', 'C / X / V']} />
            </Stack>
        </Modal>
    );
}
