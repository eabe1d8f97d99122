import { ActionIcon, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { IconMoon, IconSun } from '@tabler/icons-react';
import { t } from '@/i18n';

export function ThemeButton() {
    const { setColorScheme } = useMantineColorScheme();
    const shown = useComputedColorScheme('light', { getInitialValueInEffect: false });
    const label = shown === 'dark' ? t('shell.toLight') : t('shell.toDark');
    return (
        <Tooltip label={label}>
            <ActionIcon aria-label={label} onClick={() => setColorScheme(shown === 'dark' ? 'light' : 'dark')}>
                {shown === 'dark' ? <IconSun size={18} stroke={1.75} /> : <IconMoon size={18} stroke={1.75} />}
            </ActionIcon>
        </Tooltip>
    );
}
