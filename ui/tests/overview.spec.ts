import { makeCoworker } from './api.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import { makeFlow, startRun, untilStatus } from './flows.ts';

test('a new coworker is told how to begin, one that has run shows what it did', async ({
    signed_in: page,
    server,
}, info) => {
    const project = { ...server, project: await makeCoworker(server, `New ${info.project.name}`) };
    await page.goto(`/app/p/${project.project}/overview`);
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
