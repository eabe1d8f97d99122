import { expect, expectAccessible, test } from './fixtures.ts';
import { makeFlow, startRun, untilStatus } from './flows.ts';
import { post } from './start.ts';

test('a new coworker is told how to begin, one that has run shows what it did', async ({
    signed_in: page,
    server,
}, info) => {
    const me = (await (await page.request.get('/auth/me')).json()) as { orgId: string };
    const draft = { orgId: me.orgId, projectName: `New ${info.project.name}`, description: '', coworker_role: '' };
    const made = await post<{ _id: string }>(server.base, server.api_key, '/v1/project', draft);
    const project = { ...server, project: made._id };
    await page.goto(`/app/p/${made._id}/overview`);
    await expect(page.getByRole('heading', { name: 'Put this coworker to work' })).toBeVisible();
    await expectAccessible(page);

    const name = `Greeter ${info.project.name}`;
    const flow = await makeFlow(project, name, [{ title: 'Greet', prompt: 'Greet {{ goal }}' }]);
    const task = await startRun(project, flow, 'the team');
    await untilStatus(project, task, 'completed');
    await page.reload();
    const recent = page.getByRole('region', { name: 'Recent runs' });
    await expect(recent.getByRole('link', { name })).toBeVisible();
    await expect(page.getByText('100 %')).toBeVisible();
    await expect(page.getByText('Nothing waits for you.')).toBeVisible();
    const run = page.getByRole('region', { name: 'Flows' }).getByRole('button', { name: `Run ${name}` });
    await expectAccessible(page);
    await run.click();
    await expect(page.getByRole('dialog', { name: `Run ${name}` }).getByLabel('Goal')).toBeVisible();
    await page.keyboard.press('Escape');
    await recent.getByRole('link', { name }).click();
    await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
});
