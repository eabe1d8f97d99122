import { NativeSelect } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import { Link, type LinkProps, useRouter } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Page } from './page';
import classes from './sectioned-page.module.css';

export type PageSection = { id: string; label: string; icon: Icon; link: Pick<LinkProps, 'to' | 'params'> };

type SectionedPageProps = {
    title: string;
    /** For screen readers: what the list beside the content is. */
    label: string;
    sections: readonly PageSection[];
    current: string;
    children: ReactNode;
};

/** Settings: a list of sections beside the content; on phones it is one field above it. */
export function SectionedPage({ title, label, sections, current, children }: SectionedPageProps) {
    const router = useRouter();
    const goTo = (id: string) => {
        const found = sections.find((section) => section.id === id);
        if (found) void router.navigate(found.link);
    };
    return (
        <Page title={title}>
            <div className={classes.columns}>
                <NativeSelect
                    className={classes.select}
                    hiddenFrom="sm"
                    aria-label={label}
                    value={current}
                    onChange={(event) => goTo(event.currentTarget.value)}
                    data={sections.map(({ id, label: text }) => ({ value: id, label: text }))}
                />
                <nav className={classes.list} aria-label={label}>
                    {sections.map(({ id, label: text, icon: Icon, link }) => (
                        <Link key={id} {...link} className={classes.link}>
                            <Icon size={17} stroke={1.5} aria-hidden />
                            {text}
                        </Link>
                    ))}
                </nav>
                <div className={classes.content}>{children}</div>
            </div>
        </Page>
    );
}
