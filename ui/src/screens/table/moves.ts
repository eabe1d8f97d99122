import type { Spot } from './cells';

type Size = { rows: number; columns: number };
type Keys = { key: string; shiftKey?: boolean; ctrlKey?: boolean; metaKey?: boolean };

const steps: Record<string, [row: number, column: number]> = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
    PageUp: [-15, 0],
    PageDown: [15, 0],
};

const within = (place: number, count: number) => Math.max(0, Math.min(place, count - 1));

/** Where a key leads in a grid; none: it is no key that leads anywhere. */
export function moved(
    { key, ctrlKey, metaKey }: Keys,
    { row, column }: Spot,
    { rows, columns }: Size,
): Spot | undefined {
    if (key === 'Home') return { row: ctrlKey || metaKey ? 0 : row, column: 1 };
    if (key === 'End') return { row: ctrlKey || metaKey ? rows - 1 : row, column: columns - 1 };
    const step = steps[key];
    if (!step) return undefined;
    const far = ctrlKey || metaKey ? Math.max(rows, columns) : 1;
    return { row: within(row + step[0] * far, rows), column: within(column + step[1] * far, columns) };
}
