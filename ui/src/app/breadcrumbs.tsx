import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams, useRouterState } from '@tanstack/react-router';
import { projectsQuery } from '@/api/projects';
import { t } from '@/i18n';
import classes from './breadcrumbs.module.css';
import { sections } from './navigation';

/** Coworkers / this one / section. A screen's own heading says the rest. */
export function Breadcrumbs() {
    const project = useParams({ strict: false }).project;
    const parts = useRouterState({ select: (state) => state.location.pathname }).split('/');
    const name = useQuery(projectsQuery).data?.find(({ _id }) => _id === project)?.projectName;
    const section = project ? sections.find(({ id }) => parts.includes(id)) : undefined;
    return (
        <nav className={classes.crumbs} aria-label={t('shell.breadcrumbs')}>
            <ol>
                <li data-optional={Boolean(project)}>
                    <Link to="/" activeProps={{}}>
                        {t('shell.coworkers')}
                    </Link>
                </li>
                {!project && parts.includes('settings') && (
                    <li>
                        <Text span inherit>
                            {t('shell.organization')}
                        </Text>
                    </li>
                )}
                {project && (
                    <li>
                        <Link to="/p/$project/overview" params={{ project }}>
                            {name ?? '…'}
                        </Link>
                    </li>
                )}
                {project && section && (
                    <li>
                        <Link to={section.to} params={{ project }}>
                            {t(section.text)}
                        </Link>
                    </li>
                )}
            </ol>
        </nav>
    );
}
