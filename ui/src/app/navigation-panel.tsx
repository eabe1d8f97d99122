import { ActionIcon, Burger, ScrollArea, Stack, Tooltip } from '@mantine/core';
import {
    type Icon,
    IconBuilding,
    IconLayoutSidebarLeftCollapse,
    IconLayoutSidebarLeftExpand,
    IconUsersGroup,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, type LinkProps } from '@tanstack/react-router';
import { inboxCountQuery } from '@/api/inbox';
import { t } from '@/i18n';
import { formatNumber } from '@/i18n/format';
import { CoworkerSwitcher } from './coworker-switcher';
import { sections } from './navigation';
import classes from './navigation-panel.module.css';

type NavigationPanelProps = {
    project?: string;
    collapsed: boolean;
    on_collapse: () => void;
    /** On a phone, where the panel is a drawer. */
    on_close: () => void;
};

export function NavigationPanel({ project, collapsed, on_collapse, on_close }: NavigationPanelProps) {
    const collapse = collapsed ? t('shell.expandNavigation') : t('shell.collapseNavigation');
    return (
        <Stack h="100%" gap={0}>
            <div className={classes.top} data-collapsed={collapsed}>
                <CoworkerSwitcher project={project} collapsed={collapsed} />
                <Burger hiddenFrom="sm" size="xs" opened onClick={on_close} aria-label={t('parts.close')} />
            </div>
            <ScrollArea className={classes.links} type="never">
                {project ? <ProjectLinks {...{ project, collapsed }} /> : <OrganizationLinks collapsed={collapsed} />}
            </ScrollArea>
            <div className={classes.bottom} data-collapsed={collapsed}>
                <Tooltip label={collapse} position="right">
                    <ActionIcon visibleFrom="sm" aria-label={collapse} onClick={on_collapse}>
                        {collapsed ? (
                            <IconLayoutSidebarLeftExpand size={18} stroke={1.5} />
                        ) : (
                            <IconLayoutSidebarLeftCollapse size={18} stroke={1.5} />
                        )}
                    </ActionIcon>
                </Tooltip>
            </div>
        </Stack>
    );
}

function ProjectLinks({ project, collapsed }: { project: string; collapsed: boolean }) {
    const pending = useQuery(inboxCountQuery(project)).data ?? 0;
    return sections.map(({ id, text, icon, to }) => (
        <NavigationLink
            key={id}
            icon={icon}
            label={t(text)}
            collapsed={collapsed}
            count={id === 'inbox' ? pending : 0}
            link={{ to, params: { project } }}
        />
    ));
}

function OrganizationLinks({ collapsed }: { collapsed: boolean }) {
    return (
        <>
            <NavigationLink
                icon={IconUsersGroup}
                label={t('shell.coworkers')}
                collapsed={collapsed}
                link={{ to: '/', activeOptions: { exact: true } }}
            />
            <NavigationLink
                icon={IconBuilding}
                label={t('shell.organization')}
                collapsed={collapsed}
                link={{ to: '/settings' }}
            />
        </>
    );
}

type NavigationLinkProps = {
    icon: Icon;
    label: string;
    collapsed: boolean;
    count?: number;
    link: Pick<LinkProps, 'to' | 'params' | 'activeOptions'>;
};

function NavigationLink({ icon: Icon, label, collapsed, count = 0, link }: NavigationLinkProps) {
    return (
        <Tooltip label={label} position="right" disabled={!collapsed}>
            <Link
                {...link}
                className={classes.link}
                data-collapsed={collapsed}
                aria-label={collapsed ? label : undefined}
            >
                <Icon size={18} stroke={1.5} aria-hidden />
                {!collapsed && <span>{label}</span>}
                {count > 0 && (
                    <span className={classes.count}>
                        <span aria-hidden>{formatNumber(count)}</span>
                        <span className={classes.spoken}>{t('shell.pendingItems', { count })}</span>
                    </span>
                )}
            </Link>
        </Tooltip>
    );
}
