import { ActionIcon, AppShell, Burger, Group, Kbd, Text, Tooltip, UnstyledButton } from '@mantine/core';
import { useDisclosure, useLocalStorage } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { Outlet, useParams, useRouterState } from '@tanstack/react-router';
import { useEffect } from 'react';
import { t } from '@/i18n';
import { BottomBar } from './bottom-bar';
import { Breadcrumbs } from './breadcrumbs';
import { ConnectionBanner } from './connection-banner';
import { NavigationPanel } from './navigation-panel';
import { openPalette, Palette } from './palette';
import classes from './shell.module.css';
import { ShortcutSheet, useShortcuts } from './shortcuts';
import { ThemeButton } from './theme-button';
import { UserMenu } from './user-menu';

const modifier = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl';

/** The frame around all screens behind the sign-in. */
export function Shell() {
    const project = useParams({ strict: false }).project;
    const path = useRouterState({ select: (state) => state.location.pathname });
    const [opened, drawer] = useDisclosure(false);
    const [sheet, sheet_state] = useDisclosure(false);
    const [collapsed, setCollapsed] = useLocalStorage({
        key: 'weft-navigation-collapsed',
        defaultValue: false,
        getInitialValueInEffect: false,
    });
    useShortcuts(project, sheet_state.open);
    // Whoever went somewhere is done with the drawer.
    useEffect(drawer.close, [path]);

    return (
        <AppShell
            layout="alt"
            header={{ height: 52 }}
            navbar={{ width: collapsed ? 60 : 232, breakpoint: 'sm', collapsed: { mobile: !opened } }}
            footer={{ height: project ? { base: 56, sm: 0 } : 0 }}
            transitionDuration={150}
        >
            <a className={classes.skip} href="#content">
                {t('shell.skipToContent')}
            </a>
            {/* No banner: the header of a dialog is one, and two at a time are a violation. */}
            <AppShell.Header role="presentation" className={classes.header}>
                <section aria-label={t('shell.topBar')} className={classes.top}>
                    <Group h="100%" px="md" gap="xs" wrap="nowrap" justify="space-between">
                        <Group gap="xs" wrap="nowrap" className={classes.where}>
                            <Burger
                                hiddenFrom="sm"
                                size="xs"
                                opened={opened}
                                onClick={drawer.toggle}
                                aria-label={t('shell.openNavigation')}
                            />
                            <Breadcrumbs />
                        </Group>
                        <Group gap={4} wrap="nowrap">
                            <UnstyledButton className={classes.search} visibleFrom="sm" onClick={openPalette}>
                                <IconSearch size={15} stroke={1.75} aria-hidden />
                                <Text span size="sm">
                                    {t('shell.search')}
                                </Text>
                                <Kbd aria-hidden>{modifier} K</Kbd>
                            </UnstyledButton>
                            <Tooltip label={t('shell.search')}>
                                <ActionIcon hiddenFrom="sm" aria-label={t('shell.search')} onClick={openPalette}>
                                    <IconSearch size={18} stroke={1.75} />
                                </ActionIcon>
                            </Tooltip>
                            <ThemeButton />
                            <UserMenu on_shortcuts={sheet_state.open} />
                        </Group>
                    </Group>
                    <ConnectionBanner />
                </section>
            </AppShell.Header>
            <AppShell.Navbar aria-label={t('shell.navigation')} className={classes.navbar}>
                <NavigationPanel
                    project={project}
                    collapsed={collapsed && !opened}
                    on_collapse={() => setCollapsed((old) => !old)}
                    on_close={drawer.close}
                />
            </AppShell.Navbar>
            <AppShell.Main id="content" tabIndex={-1} className={classes.main}>
                <Outlet />
            </AppShell.Main>
            {project && (
                <AppShell.Footer hiddenFrom="sm" className={classes.footer}>
                    <BottomBar project={project} on_more={drawer.open} />
                </AppShell.Footer>
            )}
            <Palette project={project} on_shortcuts={sheet_state.open} />
            <ShortcutSheet opened={sheet} on_close={sheet_state.close} />
        </AppShell>
    );
}
