import { useEffect, useRef } from 'react';

/** For so long a g waits for the letter of a section. */
export const sequence_ms_max = 1200;

function isTaken(event: KeyboardEvent): boolean {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return true;
    const { target } = event;
    if (target instanceof HTMLElement)
        if (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) {
            // A checkbox takes a blank and nothing else.
            if (!(target instanceof HTMLInputElement && target.type === 'checkbox') || event.key === ' ') return true;
        }
    return document.querySelector('[role="dialog"]') !== null;
}

/** Single keys of a screen: not while somebody types, in a dialog, or after a g, which goes to a section. */
export function useScreenKeys(keys: Record<string, (event: KeyboardEvent) => void>) {
    const current = useRef(keys);
    current.current = keys;
    useEffect(() => {
        let g_pressed_at = Number.NEGATIVE_INFINITY;
        const onKeyDown = (event: KeyboardEvent) => {
            if (isTaken(event)) return;
            const follows_g = event.timeStamp - g_pressed_at < sequence_ms_max;
            g_pressed_at = event.key === 'g' ? event.timeStamp : Number.NEGATIVE_INFINITY;
            const deed = current.current[event.key];
            if (!deed || follows_g) return;
            event.preventDefault();
            deed(event);
        };
        // Before the shell's own, which hears them at the window.
        document.addEventListener('keydown', onKeyDown);
        return () => document.removeEventListener('keydown', onKeyDown);
    }, []);
}
