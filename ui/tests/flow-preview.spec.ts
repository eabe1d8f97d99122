import type { Page } from '@playwright/test';
import { get, makeMember } from './api.ts';
import { closePanel, open, promptOf } from './builder.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import { makeFlow, startRun, untilStatus } from './flows.ts';
import type { Server } from './start.ts';

type Flow = { agents: { _id: string }[] };
const agentOf = async (server: Server, flow: string, at = 0) =>
    (await get<Flow>(server, `/agentflow/${flow}`)).agents[at]?._id ?? '';
const preview = (page: Page) => page.getByRole('region', { name: 'Preview', exact: true });
const rendered = (page: Page) => page.getByRole('region', { name: 'The prompt as the model reads it' });

test('a prompt is shown as the model will read it, on values typed beside it', async ({
    signed_in: page,
    server,
}, info) => {
    const flow = await makeFlow(
        server,
        `Typed ${info.project.name}`,
        [{ title: 'Writer', prompt: 'About {{ city | upper }}: {{ goal }}' }],
        { default_goal: 'Be brief.' },
    );
    const search = `?agent=${await agentOf(server, flow)}`;
    await open(page, server, flow, search);
    await expect(preview(page).getByText(/Line 1, column \d+: .*city/)).toBeVisible();
    await expectAccessible(page);
    await preview(page).getByRole('textbox', { name: 'city' }).fill('Oslo');
    await expect(rendered(page)).toHaveText('About OSLO: Be brief.');
    await preview(page).getByRole('textbox', { name: 'goal' }).fill('Be long.');
    await expect(rendered(page)).toHaveText('About OSLO: Be long.');

    await promptOf(page).fill('Of {{ tags | join(", ") }}');
    await expect(preview(page).getByRole('textbox', { name: 'city' })).toHaveCount(0);
    // The last text that could be made stays, beside what is missing now.
    await expect(preview(page).getByRole('status')).toContainText('tags');
    await expect(rendered(page)).toHaveText('About OSLO: Be long.');
    await preview(page).getByRole('textbox', { name: 'tags' }).fill('["lake", "town"]');
    await expect(rendered(page)).toHaveText('Of lake, town');
    await expect(preview(page).getByRole('status')).toBeEmpty();
    await expectAccessible(page);

    // The values are kept for the flow, and so is whether it is open.
    await page.reload();
    await expect(rendered(page)).toHaveText('Of lake, town');
    await preview(page).getByRole('button', { name: 'Preview' }).click();
    await expect(rendered(page)).toHaveCount(0);
    await page.reload();
    await expect(preview(page).getByRole('button', { name: 'Preview' })).toHaveAttribute('aria-expanded', 'false');
    await expectAccessible(page);
});

test('the values of a run: what agents really wrote', async ({ signed_in: page, server }, info) => {
    const flow = await makeFlow(server, `Real ${info.project.name}`, [
        { title: 'Reader', prompt: 'Read about {{ city }}' },
        { title: 'Writer', prompt: 'Shorten [{{ agents.Reader.text }}]' },
    ]);
    const search = `?agent=${await agentOf(server, flow, 1)}`;
    await open(page, server, flow, search);
    await expect(preview(page).getByText('Run the flow once')).toBeVisible();
    const task = await startRun(server, flow, 'Rivers', { input_variables: { city: 'Oslo' } });
    await untilStatus(server, task, 'completed');
    const { executions } = await get<{ executions: { agents_output: { output: string }[] }[] }>(
        server,
        `/task/${task}`,
    );
    await page.reload();
    await expect(preview(page).getByRole('combobox', { name: 'Values for the preview' })).toHaveValue(/Rivers/);
    const read = executions[0]?.agents_output[0]?.output ?? 'nothing';
    await expect(rendered(page)).toContainText(read.trim().slice(0, 40));
    await expectAccessible(page);

    // What the run was not given is asked for; what it was given is not.
    await promptOf(page).fill('{{ city }}, {{ season }}');
    await expect(preview(page).getByRole('textbox')).toHaveCount(1);
    await preview(page).getByRole('textbox', { name: 'season' }).fill('autumn');
    await expect(rendered(page)).toHaveText('Oslo, autumn');
    await preview(page).getByRole('combobox', { name: 'Values for the preview' }).click();
    await page.getByRole('option', { name: 'My own values' }).click();
    await preview(page).getByRole('textbox', { name: 'city' }).fill('Rome');
    await expect(rendered(page)).toHaveText('Rome, autumn');
    await expectAccessible(page);
    await closePanel(page, info);
});

test('a viewer sees the flow and its preview, and can change nothing', async ({ page, server }, info) => {
    const { email, password } = await makeMember(server, `Vera ${info.project.name}`, 'viewer');
    const flow = await makeFlow(server, `Seen ${info.project.name}`, [
        { title: 'Writer', prompt: 'About {{ city }}.', is_preview_mode_enabled: true },
    ]);
    expect((await page.request.post('/auth/login', { data: { email, password } })).ok()).toBe(true);
    await page.goto(`/app/p/${server.project}/flows/${flow}?agent=${await agentOf(server, flow)}`);
    await expect(page.getByRole('textbox', { name: 'Title' })).toBeDisabled();
    await expect(promptOf(page)).toHaveAttribute('contenteditable', 'false');
    await preview(page).getByRole('textbox', { name: 'city' }).fill('Oslo');
    await expect(rendered(page)).toHaveText('About Oslo.');
    await expect(page.getByRole('combobox', { name: 'Who answers' })).toBeDisabled();
    for (const name of ['Add skills', 'Add form: Before it begins', 'Run from here', 'Try this agent alone'])
        await expect(page.getByRole('button', { name })).toHaveCount(0);
    await expectAccessible(page);
    await closePanel(page, info);
    await expect(page.getByText('You may look at this flow.')).toBeVisible();
    for (const name of ['Save', 'Run', 'Add agent', 'Undo'])
        await expect(page.getByRole('button', { name, exact: true })).toHaveCount(0);
    await page.goto(`/app/p/${server.project}/flows/${flow}?panel=flow`);
    await expect(page.getByRole('button', { name: 'Change budgets' })).toHaveCount(0);
    await expectAccessible(page);
});
