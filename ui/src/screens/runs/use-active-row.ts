import { useEffect, useLayoutEffect, useRef } from 'react';

const rowIn = (element: EventTarget | null) =>
    element instanceof Element ? element.closest('tr')?.querySelector<HTMLElement>('[data-task]') : undefined;
const rowOf = (task: string | undefined) =>
    task === undefined ? undefined : document.querySelector<HTMLElement>(`[data-task="${task}"]`);

/**
 * The row that keys act on: the one with the focus. A row that moves in the list takes the focus along, which browsers
 * do not do by themselves. `order`: changes whenever rows move.
 */
export function useActiveRow(order: string) {
    const active = useRef<string>(undefined);
    useEffect(() => {
        const onFocus = (event: FocusEvent) => {
            active.current = rowIn(event.target)?.dataset.task;
        };
        // Who clicks beside the rows means none of them.
        const onPointer = (event: PointerEvent) => {
            if (!rowIn(event.target)) active.current = undefined;
        };
        document.addEventListener('focusin', onFocus);
        document.addEventListener('pointerdown', onPointer);
        return () => {
            document.removeEventListener('focusin', onFocus);
            document.removeEventListener('pointerdown', onPointer);
        };
    }, []);
    useLayoutEffect(() => {
        if (document.activeElement === document.body) rowOf(active.current)?.focus();
    }, [order]);
    const move = (by: 1 | -1) => {
        const links = [...document.querySelectorAll<HTMLElement>('[data-task]')];
        const at = links.findIndex(({ dataset }) => dataset.task === active.current);
        const next = links[at < 0 ? 0 : Math.min(Math.max(at + by, 0), links.length - 1)];
        next?.focus();
        next?.scrollIntoView({ block: 'nearest' });
    };
    return { move, activeTask: () => (rowOf(active.current) ? active.current : undefined) };
}
