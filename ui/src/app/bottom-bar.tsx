import { Indicator, UnstyledButton } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { inboxCountQuery } from '@/api/inbox';
import { t } from '@/i18n';
import classes from './bottom-bar.module.css';
import { bottom_bar, sections } from './navigation';

export function BottomBar({ project, on_more }: { project: string; on_more: () => void }) {
    const pending = useQuery(inboxCountQuery(project)).data ?? 0;
    return (
        <nav className={classes.bar} aria-label={t('shell.bottomBar')}>
            {sections
                .filter(({ id }) => bottom_bar.includes(id))
                .map(({ id, text, icon: Icon, to }) => (
                    <Link key={id} to={to} params={{ project }} className={classes.item}>
                        <Indicator size={8} offset={2} disabled={id !== 'inbox' || pending === 0}>
                            <Icon size={20} stroke={1.5} aria-hidden />
                        </Indicator>
                        {t(text)}
                    </Link>
                ))}
            <UnstyledButton className={classes.item} onClick={on_more}>
                <IconDots size={20} stroke={1.5} aria-hidden />
                {t('shell.more')}
            </UnstyledButton>
        </nav>
    );
}
