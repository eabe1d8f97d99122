// The line of a way: down, across in the middle between two layers, down; with round corners.
import { gap_y, type Point } from './layout';

const radius = 10;
/** Ways end at the upper edge of the dot on a node's upper edge. */
const dot = 4.5;
/** A way that only passes crosses lower than those that end: two lines in one would look like a join. */
const pass_lower = 10;

function rounded(points: readonly Point[]): string {
    const parts: string[] = [];
    points.forEach((point, index) => {
        const before = points[index - 1];
        const after = points[index + 1];
        if (!before) parts.push(`M${point.x} ${point.y}`);
        else if (!after) parts.push(`L${point.x} ${point.y}`);
        else {
            const from = towards(point, before);
            const to = towards(point, after);
            parts.push(`L${from.x} ${from.y}Q${point.x} ${point.y} ${to.x} ${to.y}`);
        }
    });
    return parts.join('');
}

function towards(from: Point, to: Point): Point {
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    const share = length === 0 ? 0 : Math.min(radius, length / 2) / length;
    return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

/** `bends`: the tops of the layers that the way passes, from the source on; one above the source is a loop's lane. */
export function linePath(source: Point, target: Point, bends: readonly Point[] = []): string {
    const points: Point[] = [source];
    const turn = (x: number, y: number) => {
        const last = points.at(-1);
        if (last && Math.abs(last.x - x) > 1) points.push({ x: last.x, y }, { x, y });
    };
    const [lane] = bends;
    if (lane && target.y < source.y) {
        turn(lane.x, source.y + gap_y / 4);
        turn(target.x, target.y - gap_y / 4);
    } else {
        for (const bend of bends) turn(bend.x, bend.y - dot - gap_y / 2 + pass_lower);
        turn(target.x, target.y - gap_y / 2);
    }
    points.push(target);
    return rounded(points);
}
