import {
    type Icon,
    IconAlertCircle,
    IconCircleCheck,
    IconCircleDashed,
    IconCircleX,
    IconClockX,
    IconHandStop,
    IconHourglass,
    IconPlayerPause,
    IconPlayerPlay,
    IconPlayerStop,
} from '@tabler/icons-react';
import type { Schemas } from '@/api/client';
import { type Key, t } from '@/i18n';
import classes from './status-badge.module.css';

type Status = Schemas['Status'] | Schemas['InboxItem']['status'] | 'active' | 'inactive';
type Tone = 'calm' | 'accent' | 'good' | 'warn' | 'bad';
type StatusKey = Extract<Key, `parts.status${string}`>;

/** One look for each status, wherever it is shown: an icon and a word; colour only helps. */
const looks: Record<Status, [Icon, Tone, StatusKey]> = {
    ready: [IconCircleDashed, 'calm', 'parts.statusReady'],
    running: [IconPlayerPlay, 'accent', 'parts.statusRunning'],
    input_required: [IconHandStop, 'warn', 'parts.statusInputRequired'],
    paused: [IconPlayerPause, 'calm', 'parts.statusPaused'],
    completed: [IconCircleCheck, 'good', 'parts.statusCompleted'],
    failed: [IconAlertCircle, 'bad', 'parts.statusFailed'],
    cancelled: [IconPlayerStop, 'calm', 'parts.statusCancelled'],
    pending: [IconHourglass, 'warn', 'parts.statusPending'],
    approved: [IconCircleCheck, 'good', 'parts.statusApproved'],
    rejected: [IconCircleX, 'bad', 'parts.statusRejected'],
    expired: [IconClockX, 'calm', 'parts.statusExpired'],
    active: [IconCircleCheck, 'good', 'parts.statusActive'],
    inactive: [IconPlayerPause, 'calm', 'parts.statusInactive'],
};

export const statusText = (status: Status) => t(looks[status][2]);

export function StatusBadge({ status }: { status: Status }) {
    const [Icon, tone, key] = looks[status];
    return (
        <span className={classes.status} data-tone={tone} data-status={status}>
            <Icon size={15} stroke={1.75} aria-hidden />
            {t(key)}
        </span>
    );
}
