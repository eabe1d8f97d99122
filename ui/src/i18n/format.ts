// Numbers, money, sizes and times as the chosen language writes them. Times come in seconds since 1970, or as ISO 8601.
import { language } from './index';

const number = new Intl.NumberFormat(language);
const money = new Intl.NumberFormat(language, { style: 'currency', currency: 'USD', maximumFractionDigits: 4 });
const date = new Intl.DateTimeFormat(language, { dateStyle: 'medium' });
const date_time = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' });
const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' });

const byte_units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
const relative_units = [
    ['year', 31_536_000],
    ['month', 2_592_000],
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
] as const;

export type When = number | string;

/** ISO 8601 without a zone is UTC. */
export function toDate(when: When): Date {
    if (typeof when === 'number') return new Date(when * 1000);
    return new Date(/Z|[+-]\d\d:\d\d$/.test(when) ? when : `${when}Z`);
}

export const formatNumber = (value: number) => number.format(value);
export const formatMoney = (usd: number) => money.format(usd);
export const formatDate = (when: When) => date.format(toDate(when));
export const formatDateTime = (when: When) => date_time.format(toDate(when));

export function formatRelative(when: When, now_ms = Date.now()): string {
    const seconds = (toDate(when).getTime() - now_ms) / 1000;
    for (const [unit, length] of relative_units) {
        if (Math.abs(seconds) >= length) return relative.format(Math.trunc(seconds / length), unit);
    }
    // Nobody reads "in 0 seconds", and the two clocks differ a little.
    return relative.format(Math.abs(seconds) < 5 ? 0 : Math.trunc(seconds), 'second');
}

export function formatBytes(bytes: number): string {
    let rest = bytes;
    let unit = 0;
    while (rest >= 1000 && unit < byte_units.length - 1) {
        rest /= 1000;
        ++unit;
    }
    const digits = unit === 0 || rest >= 100 ? 0 : 1;
    const style = { style: 'unit', unit: byte_units[unit], maximumFractionDigits: digits } as const;
    return new Intl.NumberFormat(language, style).format(rest);
}

/** 840 ms, 12.4 s, 3 min 20 s, 2 h 5 min */
export function formatDuration(ms: number): string {
    const unit = (value: number, name: string, digits = 0) =>
        new Intl.NumberFormat(language, { style: 'unit', unit: name, maximumFractionDigits: digits }).format(value);
    if (ms < 1000) return unit(Math.round(ms), 'millisecond');
    const seconds = ms / 1000;
    if (seconds < 60) return unit(seconds, 'second', 1);
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return `${unit(minutes, 'minute')} ${unit(Math.floor(seconds % 60), 'second')}`;
    return `${unit(Math.floor(minutes / 60), 'hour')} ${unit(minutes % 60, 'minute')}`;
}
