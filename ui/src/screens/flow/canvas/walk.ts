import { end_id } from '../model/document';
import { start_id, type Way } from '../model/edges';
import type { Layout } from '../model/layout';

/** Down and up along the ways, left and right among those of one layer. */
export function neighbourOf(id: string, key: string, ways: readonly Way[], layout: Layout): string | undefined {
    const isAgent = (other: string) => other !== start_id && other !== end_id && other !== id;
    if (key === 'ArrowDown') return ways.find((way) => way.source === id && isAgent(way.target))?.target;
    if (key === 'ArrowUp') return ways.find((way) => way.target === id && isAgent(way.source))?.source;
    if (key !== 'ArrowLeft' && key !== 'ArrowRight') return undefined;
    const here = layout.nodes.get(id);
    if (!here) return undefined;
    const sign = key === 'ArrowLeft' ? -1 : 1;
    let nearest: string | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const [other, place] of layout.nodes) {
        const distance = (place.x - here.x) * sign;
        if (place.y !== here.y || distance <= 0 || distance >= least || !isAgent(other)) continue;
        nearest = other;
        least = distance;
    }
    return nearest;
}
