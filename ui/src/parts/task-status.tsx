import { Loader } from '@mantine/core';
import type { TaskStatus as Status, Verb } from '@/api/tasks';
import { type Key, t } from '@/i18n';
import { StatusBadge } from './status-badge';
import classes from './status-badge.module.css';

const asked = { stop: 'runs.stopping', pause: 'runs.pausing', resume: 'runs.resuming' } satisfies Record<Verb, Key>;

/** A task's status, or what somebody has just asked of it. */
export function TaskStatus({ status, pending }: { status: Status; pending?: Verb }) {
    if (!pending) return <StatusBadge status={status} />;
    return (
        <span className={classes.status} data-tone="calm" data-status={pending}>
            <Loader size={15} color="gray" aria-hidden />
            {t(asked[pending])}
        </span>
    );
}
