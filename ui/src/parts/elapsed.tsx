import { useEffect, useState } from 'react';
import { formatDuration } from '@/i18n/format';

/** Whole seconds, ticking while `until` is not known. Both in seconds since 1970. */
export function Elapsed({ from, until }: { from: number; until?: number | null }) {
    const [now, setNow] = useState(() => Date.now() / 1000);
    const is_over = typeof until === 'number';
    useEffect(() => {
        if (is_over) return;
        const timer = setInterval(() => setNow(Date.now() / 1000), 1000);
        return () => clearInterval(timer);
    }, [is_over]);
    const ms = Math.max(0, ((until ?? now) - from) * 1000);
    // A running clock with tenths would flicker; one that stands keeps them.
    const shown = is_over ? formatDuration(ms) : formatDuration(Math.max(1000, Math.floor(ms / 1000) * 1000));
    return <span style={{ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }}>{shown}</span>;
}
