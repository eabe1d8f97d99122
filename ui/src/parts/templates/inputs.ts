import { inputOf, isExpression, parseTemplate } from './parse';

type AgentTexts = {
    prompt: { template?: string };
    conditions?: { condition?: string }[];
    /** Two forms, whose fields people fill in during the run. */
    pre_and_post_execution_input?: unknown;
};

function askedFields({ pre_and_post_execution_input: forms }: AgentTexts): string[] {
    return Object.values(Object(forms ?? {})).flatMap((form) => {
        const fields: unknown = Object(form ?? {}).fields;
        return Array.isArray(fields) ? fields.map((field) => String(Object(field).field_id)) : [];
    });
}

/** The input variables that a flow's texts read and that nobody brings while it runs. */
export function inputsOf(agents: readonly AgentTexts[]): { name: string; is_required: boolean }[] {
    const required = new Map<string, boolean>();
    const asked = new Set(agents.flatMap(askedFields));
    for (const agent of agents) {
        const expressions = (agent.conditions ?? []).map(({ condition = '' }) => condition).filter(isExpression);
        for (const text of [agent.prompt.template ?? '', ...expressions]) {
            for (const use of parseTemplate(text).paths) {
                const name = inputOf(use);
                if (name) required.set(name, (required.get(name) ?? false) || !use.has_default);
            }
        }
    }
    // The engine brings `failed` to a flow that takes over.
    return [...required]
        .filter(([name]) => !asked.has(name) && name !== 'failed')
        .map(([name, is_required]) => ({ name, is_required }));
}

/** What one text reads: the goal, input variables, and the agents that it cannot do without, as it names them. */
export function readsOf(text: string) {
    const { paths, problems } = parseTemplate(text);
    const agents = paths.filter(({ keys: [root, name], has_default }) => root === 'agents' && name && !has_default);
    return {
        goal: paths.some(({ keys: [root] }) => root === 'goal'),
        inputs: [...new Set(paths.flatMap((use) => inputOf(use) ?? []))],
        agents: [...new Set(agents.map(({ keys }) => keys[1] ?? ''))],
        is_whole: problems.length === 0,
    };
}
