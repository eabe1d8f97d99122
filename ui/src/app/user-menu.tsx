import { type MantineColorScheme, Menu, Text, UnstyledButton, useMantineColorScheme } from '@mantine/core';
import {
    type Icon,
    IconCheck,
    IconDeviceDesktop,
    IconKeyboard,
    IconLogout,
    IconMoon,
    IconSun,
    IconUser,
} from '@tabler/icons-react';
import { Link, useRouter } from '@tanstack/react-router';
import { useSession, useSignOut } from '@/api/session';
import { chooseLanguage, type Key, language, languages, t } from '@/i18n';
import { LetterMark } from '@/parts/marks';

type SchemeKey = Extract<Key, 'shell.light' | 'shell.dark' | 'shell.system'>;
const schemes: readonly [MantineColorScheme, SchemeKey, Icon][] = [
    ['light', 'shell.light', IconSun],
    ['dark', 'shell.dark', IconMoon],
    ['auto', 'shell.system', IconDeviceDesktop],
];

const chosen = (yes: boolean) => (yes ? <IconCheck size={16} aria-hidden /> : undefined);

export function UserMenu({ on_shortcuts }: { on_shortcuts: () => void }) {
    const session = useSession();
    const user = session?.user;
    const router = useRouter();
    const sign_out = useSignOut();
    const { colorScheme, setColorScheme } = useMantineColorScheme();
    const name = user?.name || user?.email || '';
    const leave = () => sign_out.mutate(undefined, { onSuccess: () => router.navigate({ to: '/sign-in' }) });
    return (
        <Menu width={240} withinPortal={false}>
            <Menu.Target>
                <UnstyledButton ml={4} style={{ borderRadius: '50%' }} aria-label={t('shell.accountOf', { name })}>
                    <LetterMark id={user?._id ?? ''} name={name} look="person" />
                </UnstyledButton>
            </Menu.Target>
            <Menu.Dropdown>
                <Menu.Label>
                    <Text size="sm" fw={600} truncate c="var(--mantine-color-text)">
                        {name}
                    </Text>
                    <Text size="xs" truncate>
                        {user?.email}
                    </Text>
                    <Text size="xs" truncate>
                        {session?.organization_name}
                    </Text>
                </Menu.Label>
                <Menu.Divider />
                <Menu.Item component={Link} to="/settings/account" leftSection={<IconUser size={16} stroke={1.75} />}>
                    {t('shell.account')}
                </Menu.Item>
                <Menu.Item leftSection={<IconKeyboard size={16} stroke={1.75} />} onClick={on_shortcuts}>
                    {t('shell.shortcuts')}
                </Menu.Item>
                <Menu.Divider />
                <Menu.Label>{t('shell.theme')}</Menu.Label>
                {schemes.map(([scheme, key, Icon]) => (
                    <Menu.Item
                        key={scheme}
                        closeMenuOnClick={false}
                        leftSection={<Icon size={16} stroke={1.75} />}
                        rightSection={chosen(colorScheme === scheme)}
                        onClick={() => setColorScheme(scheme)}
                    >
                        {t(key)}
                    </Menu.Item>
                ))}
                <Menu.Divider />
                <Menu.Label>{t('shell.language')}</Menu.Label>
                {languages.map(({ id, name }) => (
                    <Menu.Item
                        key={id}
                        lang={id}
                        rightSection={chosen(id === language)}
                        onClick={() => chooseLanguage(id)}
                    >
                        {name}
                    </Menu.Item>
                ))}
                <Menu.Divider />
                <Menu.Item leftSection={<IconLogout size={16} stroke={1.75} />} onClick={leave}>
                    {t('shell.signOut')}
                </Menu.Item>
            </Menu.Dropdown>
        </Menu>
    );
}
