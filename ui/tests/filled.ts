// A coworker with something on each screen, all of it with names that are longer than anybody hopes.
import type { Page } from '@playwright/test';
import { makeCoworker } from './api.ts';
import { expect } from './fixtures.ts';
import { makeFlow, runThatAsks, startRun, untilStatus } from './flows.ts';
import { post, type Server } from './start.ts';

type Made = { _id: string };

const long = 'Supplementary correspondence about replacement lampshades';

async function upload({ base, api_key }: Server, project: string) {
    const form = new FormData();
    form.append('tags', JSON.stringify(['Correspondence', 'Lampshades']));
    form.append('files', new Blob(['Dear friend'], { type: 'text/plain' }), `${long}.txt`);
    const path = `${base}/files/upload?projectID=${project}`;
    const answer = await fetch(path, { method: 'POST', headers: { 'x-api-key': api_key }, body: form });
    expect(answer.ok).toBe(true);
}

/** Answers the addresses of its screens and of the organization's. */
export async function fillCoworker(server: Server, name: string): Promise<string[]> {
    const { base, api_key } = server;
    const project = await makeCoworker(server, name);
    const own = { ...server, project };
    const flow = await makeFlow(own, long, [{ title: long, prompt: 'Write to {{ goal }}.' }], { description: long });
    const task = await startRun(own, flow, long);
    await untilStatus(server, task, 'completed');
    const table = await post<Made>(base, api_key, `/create/table?projectID=${project}`, {
        table_name: long,
        columns: ['Correspondent', 'Subject', 'Order', 'Remarks'].map((column_name) => ({ column_name })),
    });
    await post(base, api_key, `/storage/${project}/${table._id}`, [{ subject: long, remarks: long }]);
    await upload(server, project);
    const asking = await runThatAsks(own, long, long);
    await untilStatus(server, asking.task_id, 'input_required');
    const { _id: item } = await post<Made>(base, api_key, `/inbox/create?projectID=${project}`, {
        type: 'preview',
        summary: `May I send ${long}?`,
        preview_input: { skill: { name: 'Send', input: { text: long, copies: [{ to: long, count: 3 }] } } },
    });
    const paths = ['overview', 'flows', `flows/${flow}`, `flows/${flow}?panel=flow`, `flows/${flow}?drawer=versions`]
        .concat('runs', `runs/${task}`, `runs/${task}?tab=details`, `runs/${task}?tab=raw`, `runs/${asking.task_id}`)
        .concat('inbox', `inbox/${item}`, 'history', 'tables', `tables/${table._id}`, 'files', 'connectors')
        .concat(['general', 'models', 'budgets', 'limits', 'forms'].map((section) => `settings/${section}`))
        .concat(['notifications', 'retention', 'members'].map((section) => `settings/${section}`));
    const sections = ['members', 'keys', 'plan', 'budgets', 'credits', 'audit', 'trash', 'account'];
    return ['/app/', ...sections.map((section) => `/app/settings/${section}`)].concat(
        paths.map((path) => `/app/p/${project}/${path}`),
    );
}

/** Opens it and waits until nothing is a skeleton any more. */
export async function visit(page: Page, path: string) {
    await page.goto(path);
    await expect(page.locator('h1, [role="dialog"]').first()).toBeAttached();
    await expect(page.locator('.mantine-Skeleton-root')).toHaveCount(0);
}
