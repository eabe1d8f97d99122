import { useEffect, useRef } from 'react';

const sequence_ms_max = 1200;

function isElsewhere(target: EventTarget | null): boolean {
    if (!(target instanceof HTMLElement)) return false;
    return (
        target.isContentEditable ||
        /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) ||
        document.querySelector('[role="dialog"]') !== null
    );
}

/** Single letters, unless somebody types, a dialog is open, or the letter ends a "g" sequence of the shell. */
export function useListKeys(keys: Record<string, () => void>) {
    const current = useRef(keys);
    current.current = keys;
    useEffect(() => {
        let g_pressed_at = Number.NEGATIVE_INFINITY;
        const onKeyDown = (event: KeyboardEvent) => {
            if (event.ctrlKey || event.metaKey || event.altKey || isElsewhere(event.target)) return;
            const follows_g = event.timeStamp - g_pressed_at < sequence_ms_max;
            g_pressed_at = event.key === 'g' ? event.timeStamp : Number.NEGATIVE_INFINITY;
            const act = current.current[event.key];
            if (follows_g || !act) return;
            event.preventDefault();
            act();
        };
        window.addEventListener('keydown', onKeyDown);
        return () => window.removeEventListener('keydown', onKeyDown);
    }, []);
}
