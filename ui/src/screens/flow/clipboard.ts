// Agents travel between flows as JSON in the clipboard.
import type { AgentDoc } from './model/document';
import { copyAgents } from './model/edit';

const kind = 'weft/agents';

let copied_here = '';

export function agentsAsText(agents: readonly AgentDoc[]): string {
    copied_here = JSON.stringify({ kind, agents }, null, 2);
    return copied_here;
}

function isAgent(value: unknown): value is AgentDoc {
    if (!value || typeof value !== 'object') return false;
    const { _id, title, skills, conditions, prompt } = value as Partial<AgentDoc>;
    return (
        typeof _id === 'string' &&
        typeof title === 'string' &&
        Array.isArray(skills) &&
        Array.isArray(conditions) &&
        typeof prompt === 'object'
    );
}

/** Agents with ids of their own; nothing if the text is something else. */
export function agentsInText(text: string): AgentDoc[] {
    try {
        const found: unknown = JSON.parse(text);
        const agents: unknown = Object(found).kind === kind ? Object(found).agents : undefined;
        return Array.isArray(agents) && agents.every(isAgent) ? copyAgents(agents) : [];
    } catch {
        return [];
    }
}

/** The browser may keep its clipboard closed (no TLS, no permission): then within this tab. */
export async function writeAgents(agents: readonly AgentDoc[]) {
    const text = agentsAsText(agents);
    await navigator.clipboard?.writeText(text).catch(() => undefined);
}

export async function readAgents(): Promise<AgentDoc[]> {
    const text = (await navigator.clipboard?.readText().catch(() => undefined)) ?? copied_here;
    return agentsInText(text);
}
