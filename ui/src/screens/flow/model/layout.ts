// Where each node stands and how each way runs: layers from top to bottom by the longest way from the start, branches
// side by side. A way over several layers keeps a place free in each, so that it passes beside agents, not behind them.
import { end_id } from './document';
import { start_id, type Way } from './edges';

export type Point = { x: number; y: number };
export type Layout = {
    /** Top left corners of the start, the agents and the end. */
    nodes: Map<string, Point>;
    /** Of ways that do not lead to the next layer: where they pass. */
    bends: Map<string, Point[]>;
};

export const node_width = 248;
export const node_height = 92;
export const pill_width = 88;
export const pill_height = 32;
export const gap_y = 76;
const gap_x = 48;
const lane_width = 28;

type Hop = { source: string; target: string };

/** Depth first from the start, then from what it does not reach; what leads back to an open node is a loop. */
function walk(ids: readonly string[], leads: Map<string, Way[]>) {
    const state = new Map<string, 'open' | 'done'>();
    const finished: string[] = [];
    const forward: Way[] = [];
    const back: Way[] = [];
    for (const root of [start_id, ...ids]) {
        if (state.has(root)) continue;
        // By hand: a chain of a thousand agents is too deep to recurse.
        const stack = [{ id: root, next: 0 }];
        state.set(root, 'open');
        for (let top = stack.at(-1); top; top = stack.at(-1)) {
            const way = leads.get(top.id)?.[top.next++];
            if (!way) {
                state.set(top.id, 'done');
                finished.push(top.id);
                stack.pop();
            } else if (state.get(way.target) === 'open') back.push(way);
            else {
                forward.push(way);
                if (state.has(way.target)) continue;
                state.set(way.target, 'open');
                stack.push({ id: way.target, next: 0 });
            }
        }
    }
    return { order: finished.reverse(), forward, back };
}

function layersOf(order: readonly string[], leads: Map<string, Way[]>, loops: ReadonlySet<Way>): Map<string, number> {
    // What nothing leads to stands beside the first agent.
    const layers = new Map(order.map((id) => [id, id === start_id ? 0 : 1]));
    for (const id of order) {
        const below = (layers.get(id) ?? 0) + 1;
        for (const way of leads.get(id) ?? [])
            if (!loops.has(way)) layers.set(way.target, Math.max(layers.get(way.target) ?? 0, below));
    }
    layers.delete(end_id);
    let last = 0;
    for (const layer of layers.values()) last = Math.max(last, layer);
    return layers.set(end_id, last + 1);
}

/** Cuts ways into hops from layer to layer. The places between are named `way#layer`. */
function hopsOf(forward: readonly Way[], layers: Map<string, number>) {
    const hops: Hop[] = [];
    const passes = new Map<string, string[]>();
    for (const { id, source, target } of forward) {
        let from = source;
        const between: string[] = [];
        for (let layer = (layers.get(source) ?? 0) + 1; layer < (layers.get(target) ?? 0); ++layer) {
            const place = `${id}#${layer}`;
            between.push(place);
            layers.set(place, layer);
            hops.push({ source: from, target: place });
            from = place;
        }
        hops.push({ source: from, target });
        if (between.length) passes.set(id, between);
    }
    return { hops, passes };
}

const widthOf = (id: string) => (id.includes('#') ? lane_width : node_width);

/** Each stands where it wants to; who overlaps moves right, then all move back by the mean. */
function placeLayer(wanted: readonly (readonly [string, number])[], centers: Map<string, number>) {
    let least = Number.NEGATIVE_INFINITY;
    let shift = 0;
    const placed = [...wanted]
        .sort(([, a], [, b]) => a - b)
        .map(([id, wish]) => {
            const half = widthOf(id) / 2;
            const center = Math.max(wish, least + half);
            least = center + half + gap_x;
            shift += center - wish;
            return [id, center] as const;
        });
    for (const [id, center] of placed) centers.set(id, center - shift / placed.length);
}

/** From the top: below what leads there, siblings spread around its middle. */
function centersOf(layers: Map<string, number>, order: readonly string[], hops: readonly Hop[]): Map<string, number> {
    const leads = Map.groupBy(hops, ({ source }) => source);
    const parents = Map.groupBy(hops, ({ target }) => target);
    const rank = new Map(order.map((id, index) => [id, index]));
    const centers = new Map<string, number>();
    const wishOf = (id: string, among_parent: string) => {
        const siblings = [...new Set(leads.get(among_parent)?.map(({ target }) => target))];
        const widths = siblings.map((sibling) => widthOf(sibling) + gap_x);
        const sum = (parts: number[]) => parts.reduce((all, part) => all + part, 0);
        const left = sum(widths.slice(0, siblings.indexOf(id))) - sum(widths) / 2;
        return (centers.get(among_parent) ?? 0) + left + (widthOf(id) + gap_x) / 2;
    };
    const by_layer = Map.groupBy(layers.keys(), (id) => layers.get(id) ?? 0);
    for (const [, members] of [...by_layer].sort(([a], [b]) => a - b)) {
        const sorted = members.sort((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0));
        const wanted = sorted.map((id) => {
            const from = (parents.get(id) ?? []).map(({ source }) => wishOf(id, source));
            // What no run comes to stands beside.
            const alone = id === start_id ? 0 : node_width + gap_x;
            return [id, from.length ? from.reduce((sum, each) => sum + each, 0) / from.length : alone] as const;
        });
        placeLayer(wanted, centers);
    }
    return centers;
}

export const layerTop = (layer: number) =>
    layer === 0 ? 0 : pill_height + gap_y + (layer - 1) * (node_height + gap_y);

export function layoutFlow(ids: readonly string[], ways: readonly Way[]): Layout {
    const leads = Map.groupBy(ways, ({ source }) => source);
    const { order, forward, back } = walk(ids, leads);
    const layers = layersOf(order, leads, new Set(back));
    const { hops, passes } = hopsOf(forward, layers);
    const centers = centersOf(layers, order, hops);
    const nodes = new Map<string, Point>();
    let right = 0;
    for (const [id, layer] of layers) {
        right = Math.max(right, (centers.get(id) ?? 0) + widthOf(id) / 2);
        if (id.includes('#')) continue;
        const width = id === start_id || id === end_id ? pill_width : node_width;
        nodes.set(id, { x: (centers.get(id) ?? 0) - width / 2, y: layerTop(layer) });
    }
    const bends = new Map(
        [...passes].map(([id, places]) => [
            id,
            places.map((place) => ({ x: centers.get(place) ?? 0, y: layerTop(layers.get(place) ?? 0) })),
        ]),
    );
    // Loops run up on the right, each in a lane of its own.
    back.forEach(({ id, target }, lane) => {
        const x = right + lane_width * (lane + 1);
        bends.set(id, [{ x, y: layerTop(layers.get(target) ?? 0) }]);
    });
    return { nodes, bends };
}

/** As a run may meet them: each behind all that lead to it, first branches first; then what no run meets. */
export function runOrder(ids: readonly string[], ways: readonly Way[]): string[] {
    const reversed = Map.groupBy([...ways].reverse(), ({ source }) => source);
    const known = new Set(ids);
    const from_start = walk([], reversed).order.filter((id) => known.has(id));
    const met = new Set(from_start);
    return [...from_start, ...ids.filter((id) => !met.has(id))];
}
