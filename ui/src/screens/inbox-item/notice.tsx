import type { Icon } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import classes from './inbox-item.module.css';

type NoticeProps = { icon: Icon; title: string; tone?: 'calm' | 'warn'; role?: 'alert'; children: ReactNode };

/** Something to know before one answers. */
export function Notice({ icon: Icon, title, tone = 'calm', role, children }: NoticeProps) {
    return (
        <div className={classes.notice} data-tone={tone} role={role}>
            <Icon size={18} stroke={1.75} aria-hidden />
            <div>
                <strong>{title}</strong>
                <div>{children}</div>
            </div>
        </div>
    );
}
