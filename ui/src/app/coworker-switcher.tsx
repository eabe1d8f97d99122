import { Menu, ScrollArea, Text, UnstyledButton } from '@mantine/core';
import { IconCheck, IconSelector, IconUsersGroup } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { projectsQuery } from '@/api/projects';
import { t } from '@/i18n';
import { LetterMark, WeftMark } from '@/parts/marks';
import classes from './coworker-switcher.module.css';

export function CoworkerSwitcher({ project, collapsed }: { project?: string; collapsed: boolean }) {
    const projects = useQuery(projectsQuery).data ?? [];
    const current = projects.find(({ _id }) => _id === project);
    const name = current?.projectName ?? (project ? '' : 'Weft');
    return (
        <Menu position="bottom-start" width={260} withinPortal={false}>
            <Menu.Target>
                <UnstyledButton
                    className={classes.button}
                    data-collapsed={collapsed}
                    aria-label={`${name} – ${t('shell.switchCoworker')}`}
                >
                    {current ? <LetterMark id={current._id} name={name} /> : <WeftMark />}
                    {!collapsed && (
                        <>
                            <Text span size="sm" fw={600} truncate flex={1}>
                                {name}
                            </Text>
                            <IconSelector size={16} stroke={1.5} aria-hidden />
                        </>
                    )}
                </UnstyledButton>
            </Menu.Target>
            <Menu.Dropdown>
                <ScrollArea.Autosize mah={320} type="auto">
                    {projects.map(({ _id, projectName }) => (
                        <Menu.Item
                            key={_id}
                            component={Link}
                            to={`/p/${_id}/overview`}
                            leftSection={<LetterMark id={_id} name={projectName} />}
                            rightSection={_id === project && <IconCheck size={16} aria-hidden />}
                        >
                            <Text span size="sm" truncate display="block">
                                {projectName}
                            </Text>
                        </Menu.Item>
                    ))}
                </ScrollArea.Autosize>
                <Menu.Divider />
                <Menu.Item component={Link} to="/" leftSection={<IconUsersGroup size={18} stroke={1.5} />}>
                    {t('shell.allCoworkers')}
                </Menu.Item>
            </Menu.Dropdown>
        </Menu>
    );
}
