// The ways a run can take: one edge from the start, one to each agent's next, one for each condition.
import { type AgentDoc, end_id, type FlowDoc, isDecision } from './document';

export const start_id = 'start';
/** Of a way that leaves a node: start's and an agent's `next`, or a decision's condition by its index. */
export type Slot = 'next' | number;
export type Way = { id: string; source: string; slot: Slot; target: string };

export const wayId = (source: string, slot: Slot) => `${source}:${slot}`;

export function slotOf(way_id: string): { source: string; slot: Slot } {
    const colon = way_id.lastIndexOf(':');
    const slot = way_id.slice(colon + 1);
    return { source: way_id.slice(0, colon), slot: slot === 'next' ? 'next' : Number(slot) };
}

function waysOfAgent(agent: AgentDoc, known: ReadonlySet<string>): Way[] {
    const to = (slot: Slot, target: string | null): Way => ({
        id: wayId(agent._id, slot),
        source: agent._id,
        slot,
        target: target && known.has(target) ? target : end_id,
    });
    const branches = isDecision(agent) ? agent.conditions.map(({ decision }, index) => to(index, decision)) : [];
    return [...branches, to('next', agent.next_agent)];
}

export function waysOf(doc: FlowDoc): Way[] {
    const known = new Set(doc.agents.map(({ _id }) => _id));
    const first = doc.initialAgent ?? doc.agents[0]?._id;
    const start: Way = {
        id: wayId(start_id, 'next'),
        source: start_id,
        slot: 'next',
        target: first && known.has(first) ? first : end_id,
    };
    return [start, ...doc.agents.flatMap((agent) => waysOfAgent(agent, known))];
}

/** What a run can come to; without itself unless a loop leads back. */
export function reachableFrom(start: string, ways: Way[], with_itself = true): Set<string> {
    const leads = Map.groupBy(ways, ({ source }) => source);
    const reached = new Set(with_itself ? [start] : []);
    const open = [start];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
        for (const { target } of leads.get(id) ?? []) {
            if (reached.has(target)) continue;
            reached.add(target);
            open.push(target);
        }
    }
    return reached;
}
