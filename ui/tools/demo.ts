// A lamp shop's coworkers: enough of everything to see each screen as it looks after a week of use.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { makeFlow, startRun, untilStatus } from '../tests/flows.ts';
import { owner, post, type Server } from '../tests/start.ts';

type Made = { _id: string };
type Agents = Parameters<typeof makeFlow>[2];
const model = 'openai/gpt-5-mini';
const people = ['Priya Raman', 'Jonas Weber', 'Maya Ortiz', 'Tom Okafor'];
const emailOf = (name: string) => `${name.toLowerCase().replace(' ', '.')}@brightside.example`;

async function call<T>({ base, api_key }: Server, method: string, path: string, body?: unknown): Promise<T> {
    const headers = { 'x-api-key': api_key, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const answer = await fetch(base + path, { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
}

async function makePeople(server: Server) {
    const make = (name: string, role: string) =>
        post(server.base, server.api_key, '/organization/users', {
            name,
            email: emailOf(name),
            password: 'a lamp for every desk',
            role,
        });
    for (const name of people) await make(name, name === people[0] ? 'admin' : 'member');
    const { users } = await call<{ users: { _id: string; email: string }[] }>(server, 'GET', '/organization/users');
    const roles = ['owner', 'editor', 'operator', 'viewer'];
    for (const [index, name] of people.entries()) {
        const user = users.find(({ email }) => email === emailOf(name));
        const body = { user_id: user?._id, role: roles[index] };
        await post(server.base, server.api_key, `/project-member/${server.project}`, body);
    }
    await post(server.base, server.api_key, '/organization/invitations', {
        email: 'sam.fischer@brightside.example',
        role: 'member',
    });
    return users.find(({ email }) => email === 'ada@example.org')?._id;
}

async function upload({ base, api_key, project }: Server, name: string, text: string, type: string, tags: string[]) {
    const form = new FormData();
    form.append('tags', JSON.stringify(tags));
    form.append('files', new Blob([text], { type }), name);
    const path = `/files/upload?projectID=${project}`;
    const answer = await fetch(base + path, { method: 'POST', headers: { 'x-api-key': api_key }, body: form });
    if (!answer.ok) throw new Error(`${name}: ${answer.status} ${await answer.text()}`);
    return ((await answer.json()) as { files: Made[] }).files[0]?._id ?? '';
}

const files: [name: string, type: string, tags: string[], lines: number][] = [
    ['Returns policy 2026.md', 'text/markdown', ['Policies'], 60],
    ['Shipping rates.csv', 'text/csv', ['Policies', 'Carriers'], 300],
    ['Northline contract.txt', 'text/plain', ['Carriers'], 900],
    ['Tone of voice.md', 'text/markdown', ['Writing'], 40],
    ['Product catalogue.json', 'application/json', [], 2000],
    ['Survey November.csv', 'text/csv', ['Research'], 4000],
];

async function makeTables(server: Server) {
    const { base, api_key, project } = server;
    const make = (table_name: string, columns: object[]) =>
        post<Made>(base, api_key, `/create/table?projectID=${project}`, { table_name, columns });
    const tickets = await make('Tickets', [
        { column_name: 'Customer' },
        { column_name: 'Subject' },
        { column_name: 'Order', column_type: 'Number' },
        { column_name: 'Urgent', column_type: 'Boolean' },
        { column_name: 'Stage', column_type: 'Enum', enum_options: ['new', 'waiting', 'answered', 'closed'] },
        { column_name: 'Tags', column_type: 'Array' },
    ]);
    const subjects = [
        'Parcel never arrived',
        'Lamp flickers',
        'Invoice without order number',
        'Wrong colour',
        'Refund?',
    ];
    const names = [
        'Maya Lindqvist',
        'Owen Park',
        'Chiara Rossi',
        'Abdul Karim',
        'Lena Vogel',
        'Ines Duarte',
        'Bo Chen',
    ];
    const stages = ['new', 'waiting', 'answered', 'closed'];
    const rows = Array.from({ length: 40 }, (_, index) => ({
        customer: names[index % names.length],
        subject: subjects[index % subjects.length],
        order: 20_400 + index * 3,
        urgent: index % 7 === 0,
        stage: stages[index % 4],
        tags: index % 3 ? ['carrier'] : ['carrier', 'Arc lamp'],
    }));
    await post(base, api_key, `/storage/${project}/${tickets._id}`, rows);
    await make('Refunds', [
        { column_name: 'Customer' },
        { column_name: 'Order' },
        { column_name: 'Amount', column_type: 'Number' },
        { column_name: 'Reason' },
    ]);
    return tickets._id;
}

async function makeTriage(server: Server, insert: string) {
    const id = (digit: number) => `65a00000000000000000000${digit}`;
    const agents = [
        { title: 'Read the ticket', role: 'Reader', prompt: 'Read the ticket of {{ customer }}: {{ goal }}' },
        {
            title: 'What is it about?',
            role: 'Dispatcher',
            prompt: '',
            agent_type: 'decision_agent',
            conditions: [
                { condition: '{{ goal contains "refund" }}', decision: id(3) },
                { condition: '{{ goal contains "angry" }}', decision: id(4) },
            ],
            next_agent: id(2),
        },
        {
            title: 'Draft a reply',
            role: 'Writer',
            prompt: 'Draft a reply to {{ customer }} about {{ goal }}.\n\nWhat we know: {{ agents["Read the ticket"].text }}\n\nBe warm, and name the date twice.',
            context: [id(0)],
            next_agent: id(5),
        },
        {
            title: 'Prepare the refund',
            role: 'Refund clerk',
            prompt: 'Prepare the refund for {{ customer }} and put it into the table Refunds.',
            skills: [insert],
            is_preview_mode_enabled: true,
            next_agent: id(5),
        },
        {
            title: 'Hand to a person',
            role: 'Team lead',
            prompt: 'Answer the caller that a person takes over: {{ goal }}',
            next_agent: null,
        },
        {
            title: 'Check the tone',
            role: 'Editor',
            prompt: 'Check the tone of what was written, and answer with the letter as it is to be sent.',
            next_agent: null,
        },
    ];
    const flow = await post<Made>(server.base, server.api_key, `/agentflow?projectID=${server.project}`, {
        name: 'Answer a ticket',
        description: 'Reads what a customer writes, decides what it is about, and drafts what we say or pay.',
        role: 'Support agent',
        default_goal: 'A customer asks where the parcel is.',
        initialAgent: id(0),
        agents: agents.map(({ prompt, ...agent }, index) => ({
            _id: id(index),
            next_agent: id(index + 1),
            prompt: { template: prompt },
            llm: { model, temperature: 0.2, max_tokens: 2000 },
            ...agent,
        })),
    });
    const draft = agents.map(({ prompt, ...agent }, index) => ({
        _id: id(index),
        next_agent: id(index + 1),
        prompt: { template: index === 2 ? `${prompt} Sign as the Brightside team.` : prompt },
        llm: { model: index === 2 ? 'openai/gpt-5' : model, temperature: 0.2, max_tokens: 2000 },
        ...agent,
    }));
    await call(server, 'PUT', `/agentflow/${flow._id}`, { agents: draft });
    return flow._id;
}

/** What makes a request the owner's, and not a program's. */
async function ownerOf({ base }: Server): Promise<Record<string, string>> {
    const { email, password } = owner;
    const signed_in = await fetch(`${base}/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email, password }),
    });
    const cookie = signed_in.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const me = await fetch(`${base}/auth/me`, { headers: { cookie } });
    const { csrf_token } = (await me.json()) as { csrf_token: string };
    return { cookie, 'x-csrf-token': csrf_token };
}

const one = (title: string, prompt: string, more: object = {}): Agents => [{ title, prompt, model, ...more }];

async function makeRuns(server: Server, triage: string) {
    const weekly = await makeFlow(server, 'Weekly summary', [
        { title: 'Collect', prompt: 'Collect the tickets of the week', model },
        { title: 'Sum up', prompt: 'Sum up the week', model },
    ]);
    const broken = await makeFlow(
        server,
        'Invoice check',
        one('Compare', 'Compare {{ invoice_number }} with the order'),
    );
    const quarter = await makeFlow(server, 'Quarter report', [
        { title: 'Gather', prompt: 'Collect numbers', model },
        { title: 'Write', prompt: 'Write about the last quarter', model },
    ]);
    await makeFlow(server, 'Survey replies', []);
    const headers = await ownerOf(server);
    const start = async (flow: string, goal: string, customer = 'Maya Lindqvist') => {
        const answer = await fetch(`${server.base}/execute_flow?projectID=${server.project}`, {
            method: 'POST',
            headers: { ...headers, 'content-type': 'application/json' },
            body: JSON.stringify({ agentflow_id: flow, goal, input_variables: { customer } }),
        });
        if (!answer.ok) throw new Error(`${goal}: ${await answer.text()}`);
        return ((await answer.json()) as { task_id: string }).task_id;
    };
    const goals = [
        'Lamp flickers after a week',
        'An angry mail about a late parcel',
        'Invoice without order number',
        'Parcel of order 20418 never arrived',
    ];
    const answered = [];
    for (const goal of goals) answered.push(await start(triage, goal));
    const done = answered.at(-1) ?? '';
    for (const task of [...answered, await start(weekly, 'Week 48')]) await untilStatus(server, task, 'completed');
    const failed = await start(broken, 'Check invoice 7781');
    await untilStatus(server, failed, 'failed');
    const stopped = await start(quarter, 'A first try');
    await untilStatus(server, stopped, 'running');
    await new Promise((resolve) => setTimeout(resolve, 4000));
    await call(server, 'POST', `/task/${stopped}/stop`, {});
    const waiting = await start(triage, 'A refund for order 20418, lost by the carrier');
    await untilStatus(server, waiting, 'input_required');
    const live = await start(quarter, 'For the board meeting on Friday');
    return { done, failed, stopped, waiting, live, weekly };
}

/** Questions that people or programs put, of the kinds that need no run. */
async function askQuestions(server: Server, ada: string | undefined) {
    const ask = (body: object) =>
        post<Made>(server.base, server.api_key, `/inbox/create?projectID=${server.project}`, body);
    const answered = await ask({
        type: 'preview',
        summary: 'May I close 14 tickets without an answer?',
        preview_input: { skill: { name: 'Close tickets', input: { older_than_days: 60, count: 14 } } },
    });
    await post(server.base, server.api_key, `/inbox/update/preview?projectID=${server.project}`, {
        inbox_id: answered._id,
        is_approved: true,
    });
    await ask({
        type: 'preview',
        summary: 'May I order 40 replacement shades?',
        expires_in_s: 7200,
        preview_input: {
            skill: { name: 'Order stock', input: { article: 'Arc shade, sand', count: 40, supplier: 'Halden Glas' } },
            thoughts: { reasoning: 'Stock covers nine days.' },
        },
    });
    const form = await ask({
        summary: 'Which carrier replaces Northline until January?',
        ...(ada ? { assignee: ada } : {}),
        fields: [
            {
                field_id: 'carrier',
                label: 'Carrier',
                type: 'one option',
                options: ['Posthorn', 'Velo', 'Nordfracht'],
                required: true,
            },
            { field_id: 'price', label: 'Highest price for a parcel, in €', type: 'number' },
            { field_id: 'start', label: 'From', type: 'date and time' },
            { field_id: 'note', label: 'What should drivers know?', type: 'long text' },
        ],
    });
    return form._id;
}

function packageFiles() {
    const folder = fileURLToPath(new URL('../../marketplace/release-notes-digest/', import.meta.url));
    const names = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.parentPath.includes('sample'))
        .map(({ parentPath, name }) => `${parentPath}/${name}`.replaceAll('//', '/').slice(folder.length));
    const sample = readdirSync(`${folder}sample`)[0] ?? '';
    return {
        files: Object.fromEntries(names.map((name) => [name, readFileSync(folder + name, 'utf8')])),
        sample: { name: sample, text: readFileSync(`${folder}sample/${sample}`, 'utf8') },
    };
}

/** Hires the packaged coworker as the app does, and starts it on its sample. */
async function hireDigest(server: Server, orgId: string) {
    const body = {
        orgId,
        projectName: 'Release-notes digest',
        coworker_role: 'Release engineer',
        description: 'Reads release notes and writes a digest.',
    };
    const { _id: project } = await post<Made>(server.base, server.api_key, '/v1/project', body);
    const its = { ...server, project };
    const { files, sample } = packageFiles();
    const path = `/package/install?projectID=${project}`;
    const { agentflow_id } = await post<{ agentflow_id: string }>(server.base, server.api_key, path, {
        projectID: project,
        files,
    });
    const file = await upload(its, sample.name, sample.text, 'text/plain', []);
    const task = await startRun(its, agentflow_id, 'Tell what these release notes bring.', { files: [file] });
    await untilStatus(its, task, 'completed');
    return { project, flow: agentflow_id, task };
}

export async function makeDemo(server: Server) {
    const { orgId } = await call<{ orgId: string }>(server, 'GET', '/auth/me');
    await call(server, 'PUT', `/v1/project?projectId=${server.project}`, {
        projectName: 'Customer support',
        coworker_role: 'Support agent',
        description: 'Answers what customers of the lamp shop write.',
    });
    const ada = await makePeople(server);
    const ticket_table = await makeTables(server);
    for (const [name, type, tags, lines] of files)
        await upload(server, name, `# ${name}\n\n${'What we do, and until when.\n'.repeat(lines)}`, type, tags);
    await post(server.base, server.api_key, `/actions/restful/config?projectID=${server.project}`, {
        name: 'Shop API',
        config: { base_url: 'https://shop.brightside.example/v2' },
    });
    const skills = await call<{ _id: string; name: string }[]>(
        server,
        'GET',
        `/skills/?projectID=${server.project}&limit=200`,
    );
    const insert = skills.find(({ name }) => name === 'Tables - Insert records')?._id ?? '';
    const triage = await makeTriage(server, insert);
    await call(server, 'PATCH', `/settings/${server.project}`, {
        budgets: [
            { level: 'project', window: 'month', cost_usd: 250, policy: 'ask' },
            { level: 'execution', window: 'run', cost_usd: 0.5, policy: 'refuse' },
        ],
        input_forms: [
            {
                agentflow_id: triage,
                fields: [
                    { name: 'customer', label: 'Customer', kind: 'short_text', required: true },
                    {
                        name: 'channel',
                        label: 'How did they write?',
                        kind: 'option',
                        options: ['Mail', 'Chat', 'Phone'],
                    },
                    { name: 'since', label: 'Waiting since', kind: 'date_time' },
                ],
            },
        ],
    });
    const runs = await makeRuns(server, triage);
    const form = await askQuestions(server, ada);
    const digest = await hireDigest(server, orgId);
    const research = {
        orgId,
        projectName: 'Market research',
        coworker_role: 'Analyst',
        description: 'Looks at what others sell.',
    };
    await post(server.base, server.api_key, '/v1/project', research);
    const { inbox_requests } = await call<{ inbox_requests: { _id: string; execution_id?: string | null }[] }>(
        server,
        'GET',
        `/inbox?projectID=${server.project}&status=pending`,
    );
    const preview = inbox_requests.find(({ execution_id }) => execution_id)?._id ?? '';
    return { triage, ticket_table, runs, form, preview, digest };
}
