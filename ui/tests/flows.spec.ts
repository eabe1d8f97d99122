import { expect, expectAccessible, test } from './fixtures.ts';
import { makeFlow } from './flows.ts';
import { post } from './start.ts';

test('a flow is found, switched off, duplicated and deleted', async ({ signed_in: page, server }, info) => {
    const name = `Listed ${info.project.name}`;
    await makeFlow(server, name, []);
    await page.goto(`/app/p/${server.project}/flows`);
    await page.getByRole('searchbox', { name: 'Search flows' }).fill(name);
    await expect(page).toHaveURL(/q=Listed/);
    await page.getByRole('switch', { name: `${name} is active` }).click({ force: true });
    await expect(page.getByRole('switch', { name: `${name} is active` })).not.toBeChecked();
    await expectAccessible(page);

    await page.getByRole('button', { name: `More for ${name}`, exact: true }).click();
    await page.getByRole('menuitem', { name: 'Duplicate' }).click();
    await expect(page.getByRole('heading', { level: 1, name: `Copy of ${name}` })).toBeVisible();

    await page.goto(`/app/p/${server.project}/flows?q=${encodeURIComponent(name)}`);
    await page.getByRole('button', { name: `More for Copy of ${name}` }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete flow' }).click();
    await expect(page.getByRole('link', { name: `Copy of ${name}` })).toHaveCount(0);
    await page.getByRole('searchbox', { name: 'Search flows' }).fill('no such flow');
    await expect(page.getByRole('heading', { name: 'No flow is called “no such flow”.' })).toBeVisible();
    await expectAccessible(page);
});

test('a run asks for what the flow needs, with files', async ({ signed_in: page, server }, info) => {
    const name = `Asks ${info.project.name}`;
    const flow = await post<{ _id: string }>(server.base, server.api_key, `/agentflow?projectID=${server.project}`, {
        name,
        default_goal: 'Read it.',
        agents: [{ title: 'Read', prompt: { template: '{{ goal }} {{ city }} {{ note | default("none") }}' } }],
    });
    await page.goto(`/app/p/${server.project}/flows`);
    await page.getByRole('button', { name: `Run ${name}` }).click();
    const dialog = page.getByRole('dialog', { name: `Run ${name}` });
    await expect(dialog.getByLabel('Goal')).toHaveValue('Read it.');
    await dialog.getByRole('button', { name: 'Start run' }).click();
    await expect(dialog.getByText('This is needed.')).toHaveCount(1);
    await dialog.getByRole('textbox', { name: 'city' }).fill('Oslo');
    await dialog.locator('input[type=file]').setInputFiles({
        name: 'notes.txt',
        mimeType: 'text/plain',
        buffer: Buffer.from('Notes'),
    });
    await expect(dialog.getByRole('img', { name: 'Uploaded' })).toBeVisible();
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Start run' }).click();
    await expect(page).toHaveURL(/\/runs\/[0-9a-f]{24}$/);
    const task_id = page.url().split('/').at(-1);
    const task = await (await page.request.get(`/task/${task_id}`)).json();
    expect(task.executions[0]).toMatchObject({ goal: 'Read it.', input_variables: { city: 'Oslo' } });
    expect(task.executions[0].files).toHaveLength(1);
    expect(task.executions[0].agentflow.agentflow_id).toBe(flow._id);
});

test('a form of the settings is filled in, each kind its own way', async ({ signed_in: page, server }, info) => {
    const name = `Form ${info.project.name}`;
    const flow = await post<{ _id: string }>(server.base, server.api_key, `/agentflow?projectID=${server.project}`, {
        name,
    });
    const fields = [
        { name: 'town', label: 'Town', kind: 'option', options: ['Rome', 'Oslo'], required: true },
        { name: 'when', label: 'When', kind: 'date_time' },
        { name: 'guests', label: 'Guests', kind: 'list' },
        { name: 'prices', label: 'Prices', kind: 'table', columns: ['item', 'price'] },
        { name: 'story', label: 'Story', kind: 'long_text' },
    ];
    const settings = await page.request.get(`/settings/${server.project}`);
    const { input_forms } = await settings.json();
    const answer = await page.request.patch(`/settings/${server.project}`, {
        headers: { 'x-csrf-token': (await (await page.request.get('/auth/me')).json()).csrf_token },
        data: { input_forms: [...input_forms, { agentflow_id: flow._id, fields }] },
    });
    expect(answer.ok()).toBe(true);

    await page.goto(`/app/p/${server.project}/flows`);
    await page.getByRole('button', { name: `Run ${name}` }).click();
    const dialog = page.getByRole('dialog', { name: `Run ${name}` });
    await dialog.getByRole('combobox', { name: 'Town' }).click();
    await page.getByRole('option', { name: 'Oslo' }).click();
    await dialog.getByLabel('When').fill('2026-05-01T12:30');
    await dialog
        .getByRole('textbox', { name: 'Guests' })
        .or(dialog.getByRole('combobox', { name: 'Guests' }))
        .fill('Ada');
    await page.keyboard.press('Enter');
    await dialog.getByRole('textbox', { name: 'item 1' }).fill('Bread');
    await dialog.getByRole('textbox', { name: 'price 1' }).fill('3');
    await dialog.getByLabel('Story').fill('Once');
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Start run' }).click();
    await expect(page).toHaveURL(/\/runs\/[0-9a-f]{24}$/);
    const task = await (await page.request.get(`/task/${page.url().split('/').at(-1)}`)).json();
    expect(task.executions[0].input_variables).toMatchObject({
        town: 'Oslo',
        guests: ['Ada'],
        prices: [{ item: 'Bread', price: '3' }],
        story: 'Once',
    });
});
