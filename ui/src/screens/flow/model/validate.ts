// What is wrong with a flow, as one types: what the server would refuse (error), and what would fail or stay idle in a run
// (warning). Texts are made where they are shown.
import { isExpression, type PathUse, parseTemplate, type TemplateProblem } from '@/parts/templates/parse';
import { type AgentDoc, end_id, type FlowDoc, isDecision } from './document';
import { reachableFrom, start_id, waysOf } from './edges';

export type ProblemCode =
    | 'flowNameMissing'
    | 'titleMissing'
    | 'titleTwice'
    | 'unreachable'
    | 'circle'
    | 'noConditions'
    | 'conditionMissing'
    | 'decisionUnknown'
    | 'template'
    | 'unknownAgent'
    | 'unknownMember'
    | 'agentLater'
    | 'skillGone'
    | 'modelForm'
    | 'nothingToDo'
    | 'tooMany'
    | 'server';
export type Problem = {
    severity: 'error' | 'warning';
    /** Of the flow when there is none. */
    agent?: string;
    /** title, prompt.template, conditions.0.condition, … as the server names fields. */
    field: string;
    code: ProblemCode;
    word?: string;
    template?: TemplateProblem;
};

export const agents_max = 200;

/** Agents that lead to one another for ever. Only a decision leads out of a loop. */
function circles(doc: FlowDoc): Set<string> {
    const by_id = new Map(doc.agents.map((agent) => [agent._id, agent]));
    const settled = new Set<string>();
    const last_of_circle = new Set<string>();
    for (const start of doc.agents) {
        const way = new Set<string>();
        let last = '';
        let at: AgentDoc | undefined = start;
        while (at && !isDecision(at) && !settled.has(at._id) && !way.has(at._id)) {
            way.add(at._id);
            last = at._id;
            at = at.next_agent ? by_id.get(at.next_agent) : undefined;
        }
        if (at && way.has(at._id)) last_of_circle.add(last);
        for (const id of way) settled.add(id);
    }
    return last_of_circle;
}

const reach = new WeakMap<FlowDoc, Map<string, Set<string>>>();

/** Whether a run can come from one agent to the other. */
function leadsTo(doc: FlowDoc, from: string, to: string): boolean {
    const known = reach.get(doc) ?? new Map<string, Set<string>>();
    reach.set(doc, known);
    const reached = known.get(from) ?? reachableFrom(from, waysOf(doc), false);
    known.set(from, reached);
    return reached.has(to);
}

function checkPath(doc: FlowDoc, agent: AgentDoc, use: PathUse): Pick<Problem, 'code' | 'word'> | undefined {
    const [root, name, member] = use.keys;
    if (root !== 'agents' || name === undefined) return;
    const found = doc.agents.find(({ _id, title }) => _id === name || title === name);
    if (!found) return use.has_default ? undefined : { code: 'unknownAgent', word: name };
    if (!use.has_default && !leadsTo(doc, found._id, agent._id)) return { code: 'agentLater', word: name };
    if (member !== undefined && member !== 'text' && member !== 'data') return { code: 'unknownMember', word: member };
}

export type TemplateMark = { from: number; to: number; code: ProblemCode; word?: string; template?: TemplateProblem };

/** Of one text: the mistakes in it and the values that nothing can bring. */
export function templateMarks(doc: FlowDoc, agent: AgentDoc, text: string): TemplateMark[] {
    const { paths, problems } = parseTemplate(text);
    return [
        ...problems.map((template) => ({ from: template.from, to: template.to, code: 'template' as const, template })),
        ...paths.flatMap((use) => {
            const wrong = checkPath(doc, agent, use);
            return wrong ? [{ from: use.from, to: use.to, ...wrong }] : [];
        }),
    ];
}

function agentProblems(doc: FlowDoc, agent: AgentDoc, skills: ReadonlySet<string> | undefined): Problem[] {
    const found: Problem[] = [];
    const add = (severity: Problem['severity'], field: string, code: ProblemCode, word?: string) =>
        found.push({ severity, agent: agent._id, field, code, word });
    const checkTemplate = (field: string, text: string) => {
        for (const { code, word, template } of templateMarks(doc, agent, text)) {
            // What does not compile is not saved; a value may be missing until the flow runs.
            const severity = code === 'template' ? 'error' : 'warning';
            found.push({ severity, agent: agent._id, field, code, word, template });
        }
    };
    if (!agent.title.trim()) add('warning', 'title', 'titleMissing');
    checkTemplate('prompt.template', agent.prompt.template ?? '');
    if (!isDecision(agent) && !agent.prompt.template?.trim() && !agent.role_description?.trim())
        add('warning', 'prompt.template', 'nothingToDo');
    const { model, fallbacks = [] } = agent.llm ?? {};
    if (model && !/^[^/]+\/.+/.test(model)) add('warning', 'llm.model', 'modelForm', model);
    fallbacks.forEach((name, index) => {
        if (!name.includes('/')) add('error', `llm.fallbacks.${index}`, 'modelForm', name);
    });
    if (skills) {
        agent.skills.forEach((id, index) => {
            if (!skills.has(id)) add('error', `skills.${index}`, 'skillGone', id);
        });
    }
    if (!isDecision(agent)) return found;
    if (agent.conditions.length === 0) add('error', 'conditions', 'noConditions');
    agent.conditions.forEach(({ condition, decision }, index) => {
        if (!condition.trim()) add('error', `conditions.${index}.condition`, 'conditionMissing');
        else if (isExpression(condition)) checkTemplate(`conditions.${index}.condition`, condition);
        const is_known = decision === end_id || doc.agents.some(({ _id }) => _id === decision);
        if (!is_known) add('error', `conditions.${index}.decision`, 'decisionUnknown', decision);
    });
    return found;
}

/** `skills`: the ids of those that there are; absent while they are not known. */
export function problemsOf(doc: FlowDoc, skills?: ReadonlySet<string>): Problem[] {
    const found: Problem[] = [];
    if (!doc.name.trim()) found.push({ severity: 'error', field: 'name', code: 'flowNameMissing' });
    if (doc.agents.length > agents_max) found.push({ severity: 'error', field: 'agents', code: 'tooMany' });
    const reached = reachableFrom(start_id, waysOf(doc));
    const in_circle = circles(doc);
    const titles = Map.groupBy(doc.agents, ({ title }) => title.trim());
    for (const agent of doc.agents) {
        const warn = (field: string, code: ProblemCode) =>
            found.push({ severity: 'warning', agent: agent._id, field, code, word: agent.title });
        if (!reached.has(agent._id)) warn('next_agent', 'unreachable');
        if (in_circle.has(agent._id))
            found.push({ severity: 'error', agent: agent._id, field: 'next_agent', code: 'circle' });
        if (agent.title.trim() && (titles.get(agent.title.trim())?.length ?? 0) > 1) warn('title', 'titleTwice');
        found.push(...agentProblems(doc, agent, skills));
    }
    return found;
}

/** `agents.2.llm.temperature` of a 422 becomes the field of that agent. */
export function serverProblems(doc: FlowDoc, errors: readonly { field: string; message: string }[]): Problem[] {
    return errors.map(({ field, message }) => {
        const [, index, rest] = field.match(/^agents\.(\d+)\.(.+)$/) ?? [];
        const agent = index === undefined ? undefined : doc.agents[Number(index)]?._id;
        return { severity: 'error', agent, field: rest ?? field, code: 'server', word: message };
    });
}
