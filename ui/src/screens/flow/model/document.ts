// A flow as it is edited: what the server keeps of it, with each agent's skills as ids.
import type { Schemas } from '@/api/client';
import type { Flow, FlowPatch } from '@/api/flows';

export type Llm = Schemas['Llm'];
export type Branch = { condition: string; decision: string };
export type AgentDoc = Omit<
    Schemas['AgentInput'],
    '_id' | 'title' | 'prompt' | 'skills' | 'conditions' | 'agent_type'
> & {
    _id: string;
    title: string;
    prompt: Schemas['Prompt'];
    skills: string[];
    conditions: Branch[];
    agent_type: 'skilled_agent' | 'decision_agent';
    next_agent: string | null;
};
export type FlowDoc = {
    name: string;
    description: string;
    role: string;
    default_goal: string;
    isActive: boolean;
    parent_agentflow_id: string | null;
    failover_goal: string | null;
    execution_timeout_s: number | null;
    anomaly_detection: NonNullable<Schemas['AnomalyDetectionInput']>;
    initialAgent: string | null;
    agents: AgentDoc[];
};

/** Where a decision, or a chain, stops. */
export const end_id = 'end';

export function isDecision(agent: AgentDoc): boolean {
    return agent.agent_type === 'decision_agent';
}

function agentDoc(agent: Schemas['Agent']): AgentDoc {
    const { skills = [], conditions = [], pre_and_post_execution_input, ...rest } = agent;
    return {
        ...rest,
        pre_and_post_execution_input: (pre_and_post_execution_input ?? null) as Schemas['AgentForms'],
        // An agent whose skills could not be expanded lists ids.
        skills: skills.map((skill) => (typeof skill === 'string' ? skill : skill._id)),
        conditions: conditions.map(({ condition = '', decision = '' }) => ({ condition, decision })),
    };
}

export function docOf(flow: Flow): FlowDoc {
    return {
        name: flow.name,
        description: flow.description ?? '',
        role: flow.role ?? '',
        default_goal: flow.default_goal ?? '',
        isActive: flow.isActive,
        parent_agentflow_id: flow.parent_agentflow_id ?? null,
        failover_goal: flow.failover_goal ?? null,
        execution_timeout_s: flow.execution_timeout_s ?? null,
        anomaly_detection: (flow.anomaly_detection ?? {}) as FlowDoc['anomaly_detection'],
        initialAgent: flow.initialAgent ?? null,
        agents: flow.agents.map(agentDoc),
    };
}

/** Agents are replaced whole; of the flow itself null would leave a text as it was. */
export const patchOf = (doc: FlowDoc): FlowPatch => ({ ...doc, failover_goal: doc.failover_goal ?? '' });

/** Key by key, in any order. */
export function isSame(a: unknown, b: unknown): boolean {
    if (a === b) return true;
    if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return false;
    if (Array.isArray(a) !== Array.isArray(b)) return false;
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    for (const key of keys) if (!isSame(Reflect.get(a, key), Reflect.get(b, key))) return false;
    return true;
}

/** 24 hexadecimal digits, as the server makes them; clients may. */
export function newId(): string {
    const bytes = crypto.getRandomValues(new Uint8Array(12));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function newAgent(title: string, model: string, agent_type: AgentDoc['agent_type'] = 'skilled_agent'): AgentDoc {
    return {
        _id: newId(),
        title,
        role: '',
        role_description: '',
        agent_type,
        llm: { model, temperature: 0, max_tokens: 4096 },
        prompt: { template: agent_type === 'skilled_agent' ? '{{ goal }}' : '', variables: [] },
        skills: [],
        context: [],
        memory: { memory_type: 'short_term' },
        is_preview_mode_enabled: false,
        conditions: agent_type === 'decision_agent' ? [{ condition: '', decision: end_id }] : [],
        next_agent: null,
    };
}
