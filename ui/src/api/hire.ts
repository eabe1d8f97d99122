import type { CoworkerPackage, PackagedCoworker } from 'virtual:coworkers';
import { ApiError, api, send, urlOf } from './client';

/** One after the other; what is done stays done when a later one fails. */
export const hire_steps = ['project', 'install', 'upload', 'start'] as const;
export type HireStep = (typeof hire_steps)[number];

export type HireOrder = {
    coworker: PackagedCoworker;
    orgId: string;
    name: string;
    /** A project that is there and empty; left out: a new one. */
    into?: string;
    /** Start it on its sample at once. */
    with_sample: boolean;
};

/** What there is already; a second try goes on from here. */
export type Hired = { project?: string; flow?: string; file?: string; task?: string };

export const stepsOf = ({ with_sample }: HireOrder): readonly HireStep[] =>
    with_sample ? hire_steps : hire_steps.slice(0, 2);

async function makeProject({ coworker, orgId, name, into }: HireOrder): Promise<string> {
    const { description, role } = coworker;
    const body = { projectName: name, description, coworker_role: role };
    if (into) return (await api.put('/v1/project', { query: { projectId: into }, body }))._id;
    return (await api.post('/v1/project', { body: { ...body, orgId } }))._id;
}

async function uploadSample(project: string, { sample }: CoworkerPackage): Promise<string> {
    if (!sample) return '';
    const bytes = Uint8Array.from(atob(sample.base64), (letter) => letter.charCodeAt(0));
    const form = new FormData();
    form.append('file', new Blob([bytes]), sample.name);
    const answer = await send('post', urlOf('/files/upload', {}, { projectID: project }), { body: form });
    const body = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new ApiError(answer.status, body);
    return body.files[0]._id;
}

/** The next step of an order. */
export async function doStep(step: HireStep, order: HireOrder, hired: Hired): Promise<Hired> {
    const project = hired.project ?? '';
    switch (step) {
        case 'project':
            return { ...hired, project: await makeProject(order) };
        case 'install': {
            const { files } = await order.coworker.load();
            const body = { projectID: project, files };
            const { agentflow_id } = await api.post('/package/install', { query: { projectID: project }, body });
            return { ...hired, flow: agentflow_id };
        }
        case 'upload':
            return { ...hired, file: await uploadSample(project, await order.coworker.load()) };
        case 'start': {
            const files = hired.file ? [hired.file] : [];
            const body = { agentflow_id: hired.flow ?? '', projectID: project, files };
            const { task_id } = await api.post('/execute_flow', { query: { projectID: project }, body });
            return { ...hired, task: task_id ?? undefined };
        }
    }
}
