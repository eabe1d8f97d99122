import {
    type Icon,
    IconAlertTriangle,
    IconCoin,
    IconForms,
    IconHelpHexagon,
    IconShieldCheck,
} from '@tabler/icons-react';
import type { InboxType } from '@/api/inbox';
import { type Key, t } from '@/i18n';

export const type_looks: Record<InboxType, { icon: Icon; text: Extract<Key, `inbox.type${string}`> }> = {
    preview: { icon: IconShieldCheck, text: 'inbox.typePreview' },
    runtime_input: { icon: IconForms, text: 'inbox.typeForm' },
    anomaly_detection: { icon: IconAlertTriangle, text: 'inbox.typeAnomaly' },
    uncertain_effect: { icon: IconHelpHexagon, text: 'inbox.typeUncertain' },
    budget: { icon: IconCoin, text: 'inbox.typeBudget' },
};

const iso_8601 = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

/** The server writes times for programs; people read their own. */
export const readable = (sentence: string) =>
    sentence.replace(iso_8601, (time) => new Date(time).toLocaleString(document.documentElement.lang));

const days = () =>
    new Intl.DateTimeFormat(document.documentElement.lang, { weekday: 'long', day: 'numeric', month: 'long' });

/** Today, yesterday, or the day. */
export function dayOf(ms: number): string {
    const start = new Date();
    start.setHours(0, 0, 0, 0);
    if (ms >= start.getTime()) return t('inbox.today');
    start.setDate(start.getDate() - 1);
    if (ms >= start.getTime()) return t('inbox.yesterday');
    return days().format(ms);
}
