// What differs between two documents: by agent and field, and line by line within long texts.
import { type AgentDoc, type FlowDoc, isSame } from './document';

export type FieldChange = { field: string; before: unknown; after: unknown };
export type AgentChange =
    | { kind: 'added' | 'removed'; agent: AgentDoc; fields: [] }
    | { kind: 'changed'; agent: AgentDoc; fields: FieldChange[] };
export type FlowDiff = { fields: FieldChange[]; agents: AgentChange[] };

/** Objects are compared member by member, down to what is shown as one value. */
const opened = new Set([
    'llm',
    'prompt',
    'memory',
    'anomaly_detection',
    'approval',
    'retry',
    'pre_and_post_execution_input',
]);
/** Whether it is absent, null or empty makes no difference to anybody. */
const isNothing = (value: unknown) =>
    value === undefined ||
    value === null ||
    value === '' ||
    value === false ||
    (Array.isArray(value) && value.length === 0);

function fieldChanges(before: object, after: object, prefix = ''): FieldChange[] {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key): FieldChange[] => {
        if (key === '_id' || key === 'agents') return [];
        const a: unknown = Reflect.get(before, key);
        const b: unknown = Reflect.get(after, key);
        if (isSame(a, b) || (isNothing(a) && isNothing(b))) return [];
        if (opened.has(key)) return fieldChanges(Object(a ?? {}), Object(b ?? {}), `${key}.`);
        return [{ field: prefix + key, before: a, after: b }];
    });
}

export function diffFlows(before: FlowDoc, after: FlowDoc): FlowDiff {
    const old = new Map(before.agents.map((agent) => [agent._id, agent]));
    const fresh = new Set(after.agents.map(({ _id }) => _id));
    const agents: AgentChange[] = [];
    for (const agent of after.agents) {
        const was = old.get(agent._id);
        if (!was) agents.push({ kind: 'added', agent, fields: [] });
        else {
            const fields = fieldChanges(was, agent);
            if (fields.length) agents.push({ kind: 'changed', agent, fields });
        }
    }
    for (const agent of before.agents) if (!fresh.has(agent._id)) agents.push({ kind: 'removed', agent, fields: [] });
    return { fields: fieldChanges(before, after), agents };
}

export const isEmptyDiff = ({ fields, agents }: FlowDiff) => fields.length === 0 && agents.length === 0;

export type Line = { kind: 'same' | 'added' | 'removed'; text: string };
/** Above this the table of the comparison grows too large: then all is shown as replaced. */
const cells_max = 1_000_000;

/** The longest common subsequence of lines. */
export function diffLines(before: string, after: string): Line[] {
    const a = before.split('\n');
    const b = after.split('\n');
    if (a.length * b.length > cells_max)
        return [
            ...a.map((text): Line => ({ kind: 'removed', text })),
            ...b.map((text): Line => ({ kind: 'added', text })),
        ];
    const width = b.length + 1;
    const common = new Uint32Array((a.length + 1) * width);
    for (let i = a.length - 1; i >= 0; --i)
        for (let j = b.length - 1; j >= 0; --j)
            common[i * width + j] =
                a[i] === b[j]
                    ? (common[(i + 1) * width + j + 1] ?? 0) + 1
                    : Math.max(common[(i + 1) * width + j] ?? 0, common[i * width + j + 1] ?? 0);
    const lines: Line[] = [];
    let i = 0;
    let j = 0;
    while (i < a.length || j < b.length) {
        const removes = j >= b.length || (common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0);
        if (i < a.length && j < b.length && a[i] === b[j]) {
            lines.push({ kind: 'same', text: a[i] ?? '' });
            ++i;
            ++j;
        } else if (i < a.length && removes) lines.push({ kind: 'removed', text: a[i++] ?? '' });
        else lines.push({ kind: 'added', text: b[j++] ?? '' });
    }
    return lines;
}
