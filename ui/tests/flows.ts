// Flows and runs that tests look at.
import { randomBytes } from 'node:crypto';
import { get } from './api.ts';
import { post, type Server } from './start.ts';

type AgentDraft = { title: string; prompt: string; model?: string } & Record<string, unknown>;

/** Agents one after the other. Answers the flow's id. */
export async function makeFlow(server: Server, name: string, agents: AgentDraft[], more: object = {}) {
    const ids = agents.map(() => randomBytes(12).toString('hex'));
    const flow = await post<{ _id: string }>(server.base, server.api_key, `/agentflow?projectID=${server.project}`, {
        name,
        initialAgent: ids[0],
        agents: agents.map(({ title, prompt, model = 'weft/rehearsal', ...rest }, index) => ({
            _id: ids[index],
            next_agent: ids[index + 1] ?? null,
            title,
            role: title,
            prompt: { template: prompt },
            llm: { model, temperature: 0, max_tokens: 1000 },
            ...rest,
        })),
        ...more,
    });
    return flow._id;
}

/** Answers the task's id. */
export async function startRun(server: Server, flow: string, goal: string, more: object = {}) {
    const body = { agentflow_id: flow, goal, ...more };
    const path = `/execute_flow?projectID=${server.project}`;
    return (await post<{ task_id: string }>(server.base, server.api_key, path, body)).task_id;
}

/** Waits until a task has this status. */
export async function untilStatus(server: Server, task: string, status: string) {
    const give_up_at = Date.now() + 10_000;
    for (;;) {
        const answer = await fetch(`${server.base}/task/${task}`, { headers: { 'x-api-key': server.api_key } });
        const found = (await answer.json()) as { status: string };
        if (found.status === status) return;
        if (Date.now() > give_up_at) throw new Error(`The task is ${found.status}, not ${status}`);
        await new Promise((resolve) => setTimeout(resolve, 30));
    }
}

/** A run whose agent must ask before it writes `to` into the table. Answers the id of its execution. */
export async function runThatAsks(server: Server, table: string, to: string) {
    const { base, api_key, project } = server;
    const skills = await get<{ _id: string; name: string }[]>(
        server,
        `/skills/category?projectId=${project}&category=tables&limit=50`,
    );
    const insert = skills.find(({ name }) => name.includes('Insert'));
    const flow = await post<{ _id: string }>(base, api_key, `/agentflow/?projectID=${project}`, {
        name: `Desk of ${table}`,
        agents: [
            {
                title: 'Clerk',
                llm: { model: 'weft/rehearsal' },
                prompt: { template: 'Put the letter into the table.' },
                is_preview_mode_enabled: true,
                skills: [insert?._id],
            },
        ],
    });
    return post<{ task_id: string; _id: string }>(base, api_key, `/execute_flow?projectID=${project}`, {
        agentflow_id: flow._id,
        input_variables: { table, records: [{ to, text: 'Dear friend' }] },
    });
}
