// Changes of a flow, each a pure function. A chain stays joined whatever is taken out of it.
import { type AgentDoc, end_id, type FlowDoc, isDecision, newId } from './document';
import { type Slot, start_id } from './edges';

const asNext = (target: string) => (target === end_id ? null : target);

function withAgent(doc: FlowDoc, id: string, change: (agent: AgentDoc) => AgentDoc): FlowDoc {
    return { ...doc, agents: doc.agents.map((agent) => (agent._id === id ? change(agent) : agent)) };
}

export const patchAgent = (doc: FlowDoc, id: string, patch: Partial<AgentDoc>) =>
    withAgent(doc, id, (agent) => ({ ...agent, ...patch }));

export function targetOf(doc: FlowDoc, source: string, slot: Slot): string {
    if (source === start_id) return doc.initialAgent ?? doc.agents[0]?._id ?? end_id;
    const agent = doc.agents.find(({ _id }) => _id === source);
    return (slot === 'next' ? agent?.next_agent : agent?.conditions[slot]?.decision) ?? end_id;
}

/** The way out of `source` leads to `target` from now on. */
export function connect(doc: FlowDoc, source: string, slot: Slot, target: string): FlowDoc {
    if (source === start_id) return target === end_id ? doc : { ...doc, initialAgent: target };
    return withAgent(doc, source, (agent) => {
        if (slot === 'next') return { ...agent, next_agent: asNext(target) };
        const conditions = agent.conditions.map((branch, index) =>
            index === slot ? { ...branch, decision: target } : branch,
        );
        return { ...agent, conditions };
    });
}

/** `agents` stand where the way out of `source` led; the last of them leads on to where it led. */
export function insertAgents(doc: FlowDoc, source: string, slot: Slot, agents: AgentDoc[]): FlowDoc {
    const first = agents[0];
    const last = agents.at(-1);
    if (!first || !last) return doc;
    const target = targetOf(doc, source, slot);
    const joined = last.next_agent === null ? agents.with(-1, { ...last, next_agent: asNext(target) }) : agents;
    const at = doc.agents.findIndex(({ _id }) => _id === source) + 1;
    const grown = { ...doc, agents: doc.agents.toSpliced(at, 0, ...joined) };
    return connect(grown, source, slot, first._id);
}

/** The last agent of the chain that begins at the start; the start itself of an empty flow. */
export function lastOfChain(doc: FlowDoc): string {
    const by_id = new Map(doc.agents.map((agent) => [agent._id, agent]));
    const seen = new Set<string>();
    let last = start_id;
    let at = by_id.get(targetOf(doc, start_id, 'next'));
    while (at && !seen.has(at._id)) {
        seen.add(at._id);
        last = at._id;
        at = at.next_agent ? by_id.get(at.next_agent) : undefined;
    }
    return last;
}

/** Whatever led to one of `ids` leads to where that led. */
export function removeAgents(doc: FlowDoc, ids: readonly string[]): FlowDoc {
    const gone = new Set(ids);
    const by_id = new Map(doc.agents.map((agent) => [agent._id, agent]));
    const beyond = (target: string | null): string | null => {
        const seen = new Set<string>();
        let at = target;
        while (at && gone.has(at) && !seen.has(at)) {
            seen.add(at);
            at = by_id.get(at)?.next_agent ?? null;
        }
        return at && gone.has(at) ? null : at;
    };
    const agents = doc.agents
        .filter(({ _id }) => !gone.has(_id))
        .map((agent) => ({
            ...agent,
            next_agent: beyond(agent.next_agent),
            context: agent.context?.filter((id) => !gone.has(id)),
            conditions: agent.conditions.map((branch) =>
                gone.has(branch.decision) ? { ...branch, decision: beyond(branch.decision) ?? end_id } : branch,
            ),
        }));
    return { ...doc, agents, initialAgent: beyond(doc.initialAgent) ?? agents[0]?._id ?? null };
}

/** With ids of their own; ways and contexts among them stay, those that led out end. */
export function copyAgents(agents: readonly AgentDoc[]): AgentDoc[] {
    const fresh = new Map(agents.map(({ _id }) => [_id, newId()]));
    return agents.map((agent) => ({
        ...agent,
        _id: fresh.get(agent._id) ?? newId(),
        next_agent: (agent.next_agent && fresh.get(agent.next_agent)) || null,
        context: agent.context?.flatMap((id) => fresh.get(id) ?? []),
        conditions: agent.conditions.map((branch) => ({ ...branch, decision: fresh.get(branch.decision) ?? end_id })),
    }));
}

/** Up or down among the agents of a straight chain: the two change places. */
export function moveAgent(doc: FlowDoc, id: string, by: 1 | -1): FlowDoc {
    const agent = doc.agents.find(({ _id }) => _id === id);
    const before = doc.agents.find((each) => !isDecision(each) && each.next_agent === id);
    if (by === -1) {
        const is_first = targetOf(doc, start_id, 'next') === id;
        return is_first || !before ? doc : moveAgent(doc, before._id, 1);
    }
    const next = agent && !isDecision(agent) ? doc.agents.find(({ _id }) => _id === agent.next_agent) : undefined;
    if (!agent || !next || isDecision(next)) return doc;
    const leadTo = (from: string | null) => (from === id ? next._id : from);
    const agents = doc.agents.map((each) => {
        if (each === agent) return { ...each, next_agent: next.next_agent };
        if (each === next) return { ...each, next_agent: id };
        const conditions = each.conditions.map((branch) => ({
            ...branch,
            decision: leadTo(branch.decision) ?? end_id,
        }));
        return { ...each, next_agent: leadTo(each.next_agent), conditions };
    });
    return { ...doc, agents, initialAgent: targetOf(doc, start_id, 'next') === id ? next._id : doc.initialAgent };
}
