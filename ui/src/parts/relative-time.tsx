import { useEffect, useState } from 'react';
import { formatDateTime, formatRelative, toDate, type When } from '@/i18n/format';

const tick_ms = 15_000;

/** "3 minutes ago", kept true; the exact time on hover. */
export function RelativeTime({ when }: { when: When }) {
    const [now, setNow] = useState(Date.now);
    useEffect(() => {
        const timer = setInterval(() => setNow(Date.now()), tick_ms);
        return () => clearInterval(timer);
    }, []);
    return (
        <time dateTime={toDate(when).toISOString()} title={formatDateTime(when)}>
            {formatRelative(when, now)}
        </time>
    );
}
