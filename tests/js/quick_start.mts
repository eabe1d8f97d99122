// The quick start of docs/quick-start.md through a client generated from /openapi.json. Typed strictly; run by node
// itself, which only takes the types away. WEFT_URL and WEFT_API_KEY name the server.
import createClient from 'openapi-fetch';
import type { components, paths } from 'weft-api';

const client = createClient<paths>({
    baseUrl: process.env.WEFT_URL ?? '',
    headers: { 'x-api-key': process.env.WEFT_API_KEY ?? '' },
});
type Execution = components['schemas']['Execution'];

/** The data of an answer, or a failure that says what the server said. */
function took<T>(answer: { data?: T; error?: { detail: string }; response: Response }): T {
    if (answer.data !== undefined) return answer.data;
    throw new Error(`HTTP ${answer.response.status}: ${answer.error?.detail}`);
}

const existing = took(await client.GET('/v1/project'));
const orgId = existing.projectList[0]?.orgId;
if (!orgId) throw new Error('the first start made no project');
const project = took(await client.POST('/v1/project', { body: { orgId, projectName: 'From TypeScript' } }));
const query = { projectID: project._id };

const flow = took(await client.POST('/agentflow', { params: { query }, body: { name: 'Greeting' } }));
const whole = took(
    await client.POST('/agentflow/{AF}/skilled', {
        params: { path: { AF: flow._id }, query },
        body: {
            title: 'Greeter',
            role: 'Greets people',
            prompt: { template: 'Greet {{name}} in one sentence.' },
            llm: { model: 'weft/rehearsal' },
        },
    }),
);
if (whole.agents.length !== 1) throw new Error('the flow has no agent');

async function start(): Promise<Execution> {
    const body = { agentflow_id: flow._id, input_variables: { name: 'Ada' } };
    return took(await client.POST('/execute_flow', { params: { query }, body }));
}

async function ended(execution: Execution): Promise<Execution> {
    for (;;) {
        const now = took(await client.GET('/execute_flow/{E}', { params: { path: { E: execution._id } } }));
        if (['completed', 'failed', 'cancelled'].includes(now.status)) return now;
        await new Promise((go) => setTimeout(go, 20));
    }
}

const done = await ended(await start());
if (done.status !== 'completed') throw new Error(`the run is ${done.status}`);
console.log('conclusion:', JSON.stringify(done.conclusion));

const second = await start();
const stopped = took(await client.POST('/task/{id}/stop', { params: { path: { id: second.task_id } } }));
console.log('stopped:', stopped.status);

const refused = await client.GET('/execute_flow/{E}', { params: { path: { E: 'nothing' } } });
if (refused.response.status !== 404) throw new Error('an unknown execution was found');
console.log('refusal:', refused.error?.detail);
