// What the builder computes, without a browser.
import { expect, test } from '@playwright/test';
import { inputsOf, readsOf } from '../src/parts/templates/inputs.ts';
import { isExpression, parseTemplate } from '../src/parts/templates/parse.ts';
import { diffFlows, diffLines } from '../src/screens/flow/model/diff.ts';
import { type AgentDoc, type FlowDoc, newAgent } from '../src/screens/flow/model/document.ts';
import { waysOf } from '../src/screens/flow/model/edges.ts';
import { copyAgents, insertAgents, lastOfChain, moveAgent, removeAgents } from '../src/screens/flow/model/edit.ts';
import { askedOf, askedPath, fieldOf, withForm } from '../src/screens/flow/model/forms.ts';
import { historyOf, historyReducer } from '../src/screens/flow/model/history.ts';
import { layoutFlow, node_width, runOrder } from '../src/screens/flow/model/layout.ts';
import { problemsOf, serverProblems } from '../src/screens/flow/model/validate.ts';

/** Agents by their titles: a → b → c. */
function chain(...titles: string[]): FlowDoc {
    const agents = titles.map((title, at): AgentDoc => {
        const agent = newAgent(title, 'weft/rehearsal');
        return { ...agent, _id: title, next_agent: titles[at + 1] ?? null };
    });
    return {
        name: 'Flow',
        description: '',
        role: '',
        default_goal: '',
        isActive: true,
        parent_agentflow_id: null,
        failover_goal: null,
        execution_timeout_s: null,
        anomaly_detection: {},
        initialAgent: titles[0] ?? null,
        agents,
    };
}

function deciding(doc: FlowDoc, title: string, decisions: string[]): FlowDoc {
    const conditions = decisions.map((decision) => ({ condition: '{{ true }}', decision }));
    const agents = doc.agents.map(
        (agent): AgentDoc => (agent._id === title ? { ...agent, agent_type: 'decision_agent', conditions } : agent),
    );
    return { ...doc, agents };
}

const order = (doc: FlowDoc) => {
    const names: string[] = [];
    let at = doc.initialAgent;
    while (at && !names.includes(at)) {
        names.push(at);
        at = doc.agents.find(({ _id }) => _id === at)?.next_agent ?? null;
    }
    return names.join(' ');
};

test('a chain stays joined when agents come, go and move', () => {
    const doc = chain('a', 'b', 'c');
    const x = { ...newAgent('x', ''), _id: 'x' };
    expect(order(insertAgents(doc, 'a', 'next', [x]))).toBe('a x b c');
    expect(order(insertAgents(doc, 'start', 'next', [x]))).toBe('x a b c');
    expect(order(insertAgents(chain(), 'start', 'next', [x]))).toBe('x');
    expect(order(removeAgents(doc, ['b']))).toBe('a c');
    expect(order(removeAgents(doc, ['a', 'b']))).toBe('c');
    expect(order(moveAgent(doc, 'b', 1))).toBe('a c b');
    expect(order(moveAgent(doc, 'b', -1))).toBe('b a c');
    expect(order(moveAgent(doc, 'a', -1))).toBe('a b c');
    expect(lastOfChain(doc)).toBe('c');
    const decided = removeAgents(deciding(doc, 'a', ['b', 'end']), ['b']);
    expect(decided.agents[0]?.conditions.map(({ decision }) => decision)).toEqual(['c', 'end']);
});

test('copies get ids of their own and keep what leads from one to another', () => {
    const [a, b] = copyAgents(deciding(chain('a', 'b', 'c'), 'a', ['b', 'c']).agents.slice(0, 2));
    expect(a?._id).toMatch(/^[0-9a-f]{24}$/);
    expect(a?.next_agent).toBe(b?._id);
    expect(b?.next_agent).toBeNull();
    expect(a?.conditions.map(({ decision }) => decision)).toEqual([b?._id, 'end']);
});

test('layout: layers by the longest way, nobody overlaps, long ways and loops have bends', () => {
    const doc = deciding(chain('a', 'b', 'c', 'd'), 'a', ['c', 'end', 'a']);
    const ids = doc.agents.map(({ _id }) => _id);
    const { nodes, bends } = layoutFlow(ids, waysOf(doc));
    const y = (id: string) => nodes.get(id)?.y ?? Number.NaN;
    expect(y('start')).toBeLessThan(y('a'));
    expect(y('a')).toBeLessThan(y('b'));
    expect(y('b')).toBeLessThan(y('c'));
    expect(y('d')).toBeLessThan(y('end'));
    expect([...bends.keys()].sort()).toEqual(['a:0', 'a:1', 'a:2']);

    const wide = deciding(chain('a', 'b', 'c', 'd'), 'a', ['c', 'd', 'b']);
    const apart = {
        ...wide,
        agents: wide.agents.map((each) => (each._id === 'a' ? each : { ...each, next_agent: null })),
    };
    expect(runOrder(['d', 'c', 'b', 'a', 'x'], waysOf(wide))).toEqual(['a', 'b', 'c', 'd', 'x']);
    const placed = layoutFlow(['a', 'b', 'c', 'd'], waysOf(apart)).nodes;
    const xs = ['b', 'c', 'd'].map((id) => placed.get(id)?.x ?? 0).sort((one, other) => one - other);
    expect((xs[1] ?? 0) - (xs[0] ?? 0)).toBeGreaterThan(node_width);
    expect((xs[2] ?? 0) - (xs[1] ?? 0)).toBeGreaterThan(node_width);
});

test('layout of a thousand agents takes no time worth mentioning', () => {
    const doc = chain(...Array.from({ length: 1000 }, (_, at) => `agent ${at}`));
    const ids = doc.agents.map(({ _id }) => _id);
    const began = performance.now();
    expect(layoutFlow(ids, waysOf(doc)).nodes.size).toBe(1002);
    expect(performance.now() - began).toBeLessThan(200);
});

test('templates: paths, defaults and mistakes with their places', () => {
    const text = 'To {{ customer }}: {{ agents["Fact checker"].text | upper }} {{ inputs.n | default(3) }} {{{{ no }}';
    const { paths, problems } = parseTemplate(text);
    expect(paths.map(({ keys, has_default }) => [keys.join('/'), has_default])).toEqual([
        ['customer', false],
        ['agents/Fact checker/text', false],
        ['inputs/n', true],
    ]);
    expect(problems).toEqual([]);
    const mistakeIn = (mistaken: string) => parseTemplate(mistaken).problems[0]?.code;
    expect(mistakeIn('{{ goal')).toBe('unclosed');
    expect(mistakeIn('{{ goal | reverse }}')).toBe('filter');
    expect(mistakeIn('{{ 1 < 2 < 3 }}')).toBe('syntax');
    expect(mistakeIn('{{ goal. }}')).toBe('syntax');
    expect(mistakeIn('{{ not (open and "x}}" in tags) or share >= -2.5e3 }}')).toBeUndefined();
    expect(isExpression(' {{ a == 1 }} ')).toBe(true);
    expect(isExpression('{{ a }} is one')).toBe(false);
});

test('what a run asks for: inputs that the texts read', () => {
    const doc = chain('a');
    const template = '{{ goal }} {{ city }} {{ inputs.city | default("x") }} {{ note | default("") }} {{ amount }}';
    const forms = { pre: { fields: [{ field_id: 'amount' }] } };
    const agents = [{ ...doc.agents[0], prompt: { template }, pre_and_post_execution_input: forms }];
    expect(inputsOf(agents)).toEqual([
        { name: 'city', is_required: true },
        { name: 'note', is_required: false },
    ]);
});

test('problems: what the server refuses is an error, what idles or fails a warning', () => {
    const codes = (doc: FlowDoc) =>
        problemsOf(doc, new Set()).map(({ severity, agent, code }) => `${severity} ${agent} ${code}`);
    expect(codes(chain('a', 'b'))).toEqual([]);
    const circle = chain('a', 'b');
    circle.agents[1] = { ...(circle.agents[1] as AgentDoc), next_agent: 'a' };
    expect(codes(circle)).toEqual(['error b circle']);
    expect(codes({ ...chain('a', 'b'), initialAgent: 'b' })).toEqual(['warning a unreachable']);
    expect(codes(deciding(chain('a'), 'a', []))).toEqual(['error a noConditions']);
    expect(codes(deciding(chain('a'), 'a', ['nobody']))).toEqual(['error a decisionUnknown']);
    const reading = chain('a', 'b');
    reading.agents[0] = {
        ...(reading.agents[0] as AgentDoc),
        prompt: { template: '{{ agents.b.text }} {{ agents.c.text }}' },
    };
    expect(codes(reading)).toEqual(['warning a agentLater', 'warning a unknownAgent']);
    expect(serverProblems(chain('a', 'b'), [{ field: 'agents.1.llm.temperature', message: 'no' }])).toMatchObject([
        { agent: 'b', field: 'llm.temperature', word: 'no' },
    ]);
});

test('one step back is a word, not a letter', () => {
    let state = historyOf(chain('a'));
    const type = (name: string, at: number, key = 'name') => {
        state = historyReducer(state, { type: 'change', change: (doc) => ({ ...doc, name }), key, at });
    };
    type('N', 0);
    type('Ne', 100);
    type('New', 5000);
    state = historyReducer(state, { type: 'undo' });
    expect(state.present.name).toBe('Ne');
    state = historyReducer(state, { type: 'undo' });
    expect(state.present.name).toBe('Flow');
    state = historyReducer(state, { type: 'redo' });
    expect(state.present.name).toBe('Ne');
});

test('a diff tells agents, fields and lines', () => {
    const before = chain('a', 'b');
    const after = removeAgents(before, ['b']);
    after.agents[0] = { ...(after.agents[0] as AgentDoc), llm: { model: 'x/y' } };
    const { agents, fields } = diffFlows(before, after);
    expect(fields).toEqual([]);
    expect(agents.map(({ kind, agent }) => `${kind} ${agent._id}`)).toEqual(['changed a', 'removed b']);
    expect(agents[0]?.fields.map(({ field }) => field)).toContain('llm.model');
    expect(diffLines('one\ntwo\nthree', 'one\n2\nthree').map(({ kind }) => kind)).toEqual([
        'same',
        'removed',
        'added',
        'same',
    ]);
});

test('what one text reads, and of which agents it must have the output', () => {
    const text = '{{ goal }} {{ city }} {{ inputs.city }} {{ agents.A.text }} {{ agents["B"].text | default("") }}';
    expect(readsOf(text)).toEqual({ goal: true, inputs: ['city'], agents: ['A'], is_whole: true });
    expect(readsOf('{{ city').is_whole).toBe(false);
});

test('a form goes into the editor and comes back with what the editor does not know', () => {
    const note = { field_id: 'note', label: 'Note', type: 'Text', required: true, description: '', pattern: '^ok' };
    const rows = { field_id: 'rows', type: 'table', items: [{ field_id: 'sum', type: 'number' }] };
    expect(fieldOf(note)).toMatchObject({ name: 'note', kind: 'short_text', required: true });
    expect(fieldOf(rows)).toMatchObject({ kind: 'table', columns: ['sum'] });
    expect(fieldOf({ field_id: 'old', type: 'array' }).kind).toBe('list');
    expect(askedOf(fieldOf(note))).toMatchObject(note);
    expect(askedOf({ ...fieldOf(rows), columns: ['sum', 'name'] }).items).toEqual([
        { field_id: 'sum', type: 'number' },
        { field_id: 'name', label: 'name', type: 'text' },
    ]);
    expect(askedOf({ ...fieldOf(note), kind: 'option', options: ['a'] })).toMatchObject({
        type: 'one_option',
        options: ['a'],
    });
    expect(askedPath('fields.0.name')).toBe('fields.0.field_id');
    const agent = newAgent('A', 'weft/rehearsal');
    expect(withForm(agent, 'pre', { title: '', fields: [] })).toBeNull();
    expect(withForm(agent, 'post', { fields: [note] })).toEqual({ post: { fields: [note] } });
});
