import { closePanel, isPhone, open, outline, save } from './builder.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import { post, type Server } from './start.ts';

type Made = { _id: string; version: number; agents: { _id: string }[] };
const ids = ['65a000000000000000000001', '65a000000000000000000002', '65a000000000000000000003'];

function makeFlow(server: Server, name: string, titles: string[]): Promise<Made> {
    const agents = titles.map((title, at) => ({
        _id: ids[at],
        title,
        prompt: { template: `{{ goal }} of ${title}` },
        next_agent: at + 1 < titles.length ? ids[at + 1] : null,
    }));
    return post(server.base, server.api_key, `/agentflow?projectID=${server.project}`, { name, agents });
}

async function putFlow(server: Server, id: string, patch: object) {
    const headers = { 'x-api-key': server.api_key, 'content-type': 'application/json' };
    const answer = await fetch(`${server.base}/agentflow/${id}`, {
        method: 'PUT',
        headers,
        body: JSON.stringify(patch),
    });
    expect(answer.ok).toBe(true);
}

test('a flow is built from nothing and runs to its end', async ({ signed_in: page, server }, info) => {
    await page.goto(`/app/p/${server.project}/flows`);
    await page.getByRole('button', { name: 'New flow' }).first().click();
    await page.getByRole('button', { name: 'Create flow' }).click();
    await expect(page.getByText('Give it a name.')).toBeVisible();
    await page.getByRole('textbox', { name: 'Name' }).fill(`Built ${info.project.name}`);
    await page.getByRole('button', { name: 'Create flow' }).click();
    await page.getByRole('button', { name: 'Add agent' }).first().click();
    await page.getByRole('textbox', { name: 'Title' }).fill('Writer');
    await page.getByRole('textbox', { name: 'Prompt template' }).fill('Write about {{ goal }}.');
    await page.getByRole('button', { name: 'Add skills' }).click();
    await page.getByRole('textbox', { name: 'Search skills' }).fill('content');
    await page.getByRole('checkbox', { name: 'Write content' }).click();
    await page.getByRole('textbox', { name: 'Title' }).click();
    await closePanel(page, info);

    if (isPhone(info)) await outline(page).getByRole('button', { name: 'Add agent' }).click();
    else {
        await page.getByRole('button', { name: 'Add between Writer and End' }).click();
        await page.getByRole('menuitem', { name: /^Agent/ }).click();
    }
    await page.getByRole('textbox', { name: 'Title' }).fill('Editor');
    const prompt = page.getByRole('textbox', { name: 'Prompt template' });
    await prompt.fill('Shorten ');
    await prompt.press('End');
    await page.keyboard.type('{{ ag');
    await page.getByRole('option', { name: /agents\.Writer\.text/ }).click();
    await expect(prompt).toContainText('Shorten {{ agents.Writer.text }}');
    await closePanel(page, info);
    await expect(page.getByText('Not saved')).toBeVisible();

    await page.getByRole('button', { name: 'Save and run' }).click();
    const dialog = page.getByRole('dialog', { name: /^Run Built/ });
    await dialog.getByLabel('Goal').fill('the tides');
    await dialog.getByRole('button', { name: 'Start run' }).click();
    await expect(page).toHaveURL(/\/runs\/[0-9a-f]{24}$/);
    const task = page.url().split('/').at(-1);
    await expect.poll(async () => (await (await page.request.get(`/task/${task}`)).json()).status).toBe('completed');
    const { executions } = await (await page.request.get(`/task/${task}`)).json();
    expect(executions[0].agents_output.map(({ title }: { title: string }) => title)).toEqual(['Writer', 'Editor']);
    await expect(page.getByRole('heading', { name: 'Conclusion' })).toBeVisible();
    await expectAccessible(page);
});

test('changes go back and forth, and outlive a reload', async ({ signed_in: page, server }, info) => {
    const flow = await makeFlow(server, `Kept ${info.project.name}`, ['First', 'Second', 'Third']);
    await open(page, server, flow._id);
    const rows = outline(page).locator('[data-row]');
    await rows.first().focus();
    await page.keyboard.press('ArrowDown');
    await expect(rows.nth(1)).toBeFocused();
    await page.keyboard.press('Delete');
    await expect(rows).toHaveCount(2);
    await expect(rows.first()).toContainText('→ Third');
    await page.keyboard.press('Control+z');
    await expect(rows).toHaveCount(3);
    await page.keyboard.press('Control+Shift+Z');
    await expect(rows).toHaveCount(2);
    await page.reload();
    await expect(rows).toHaveCount(2);
    await expect(page.getByText('were not saved')).toBeVisible();
    await page.keyboard.press('Control+s');
    await expect(page.getByText('Saved as version 2')).toBeVisible();
    await expect(page.getByTestId('saved-mark')).toHaveText('v2');
    await expectAccessible(page);
});

test('a lost connection keeps what was not saved', async ({ signed_in: page, server }, info) => {
    const flow = await makeFlow(server, `Lost ${info.project.name}`, ['Only']);
    await open(page, server, flow._id, `?agent=${ids[0]}`);
    await page.getByRole('textbox', { name: 'Title' }).fill('Changed');
    await closePanel(page, info);
    await page.route(/\/(agentflow|inbox|health)/, (route) => route.abort());
    await save(page);
    await expect(page.getByText('Your changes are kept in this browser')).toBeVisible();
    await page.unroute(/\/(agentflow|inbox|health)/);
    await save(page);
    await expect(page.getByText('Saved as version 2')).toBeVisible();
    await expectAccessible(page);
});

test('two people: both changes are shown, and whoever saves second chooses', async ({
    signed_in: page,
    server,
}, info) => {
    const flow = await makeFlow(server, `Contested ${info.project.name}`, ['Shared']);
    await open(page, server, flow._id, `?agent=${ids[0]}`);
    await page.getByRole('textbox', { name: 'Title' }).fill('Mine');
    await closePanel(page, info);
    await putFlow(server, flow._id, { description: 'Theirs' });
    await save(page);
    const dialog = page.getByRole('dialog', { name: 'Somebody else has saved' });
    await expect(dialog.locator('ins', { hasText: 'Theirs' })).toBeVisible();
    await expect(dialog.locator('ins', { hasText: 'Mine' })).toBeVisible();
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Save mine as the newest' }).click();
    await expect(page.getByText('Saved as version 3')).toBeVisible();
    expect(await (await page.request.get(`/agentflow/${flow._id}`)).json()).toMatchObject({ description: '' });
});

test('whoever chooses over an older version is asked again', async ({ signed_in: page, server }, info) => {
    const flow = await makeFlow(server, `Overtaken ${info.project.name}`, ['Shared']);
    await open(page, server, flow._id, `?agent=${ids[0]}`);
    await page.getByRole('textbox', { name: 'Title' }).fill('Mine');
    await closePanel(page, info);
    await putFlow(server, flow._id, { description: 'Theirs' });
    await save(page);
    const dialog = page.getByRole('dialog', { name: 'Somebody else has saved' });
    await expect(dialog.locator('ins', { hasText: 'Theirs' })).toBeVisible();
    await putFlow(server, flow._id, { description: 'Theirs again' });
    await dialog.getByRole('button', { name: 'Save mine as the newest' }).click();
    await expect(dialog.locator('ins', { hasText: 'Theirs again' })).toBeVisible();
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Save mine as the newest' }).click();
    await expect(page.getByText('Saved as version 4')).toBeVisible();
    const saved = await (await page.request.get(`/agentflow/${flow._id}`)).json();
    expect(saved).toMatchObject({ version: 4, description: '', agents: [{ title: 'Mine' }] });
});

test('a template that does not compile is refused at its field', async ({ signed_in: page, server }, info) => {
    const flow = await makeFlow(server, `Broken ${info.project.name}`, ['Only']);
    await open(page, server, flow._id, `?agent=${ids[0]}`);
    await page.getByRole('textbox', { name: 'Prompt template' }).fill('{{ goal | shout }}');
    await closePanel(page, info);
    await save(page);
    await expect(page.getByText('Not saved: correct what is marked.')).toBeVisible();
    await page.goto(`/app/p/${server.project}/flows/${flow._id}?agent=${ids[0]}`);
    await page.getByRole('textbox', { name: 'Prompt template' }).fill('{{ goal | upper }}');
    await closePanel(page, info);
    await save(page);
    await expect(page.getByText('Saved as version 2')).toBeVisible();
    await expectAccessible(page);
});

test('versions: what each changed, and the way back', async ({ signed_in: page, server }, info) => {
    const flow = await makeFlow(server, `Versions ${info.project.name}`, ['Shared']);
    await putFlow(server, flow._id, { description: 'Theirs' });
    await putFlow(server, flow._id, { description: 'Worse' });
    await page.goto(`/app/p/${server.project}/flows/${flow._id}?drawer=versions&version=2`);
    const drawer = page.getByRole('dialog', { name: 'Version 2' });
    await expect(drawer.locator('ins', { hasText: 'Theirs' })).toBeVisible();
    await expectAccessible(page);
    await drawer.getByRole('button', { name: 'Restore' }).click();
    await page.getByRole('dialog', { name: 'Restore version 2?' }).getByRole('button', { name: 'Restore' }).click();
    await expect(page.getByText('Version 2 restored as version 4')).toBeVisible();
    const restored = await (await page.request.get(`/agentflow/${flow._id}`)).json();
    expect(restored).toMatchObject({ version: 4, description: 'Theirs', agents: [{ title: 'Shared' }] });
});

test('what is wrong is told as one types, and what the server refuses at its field', async ({
    signed_in: page,
    server,
}, info) => {
    const flow = await makeFlow(server, `Wrong ${info.project.name}`, ['First', 'Second']);
    await open(page, server, flow._id, `?agent=${ids[1]}`);
    await page.getByRole('textbox', { name: 'Prompt template' }).fill('{{ agents.Nobody.text }} {{ goal | shout }}');
    await expect(page.getByText('No agent of this flow is called “Nobody”.')).toBeVisible();
    await expect(page.getByText('There is no filter “shout”.')).toBeVisible();
    await page.getByText('Decision', { exact: true }).click();
    await expect(page.getByText('Say when this holds.')).toBeVisible();
    await expectAccessible(page);
    await closePanel(page, info);
    await save(page);
    await expect(page.getByText('Not saved: correct what is marked.')).toBeVisible();
    await expect(outline(page).getByRole('img', { name: /problem/ })).toBeVisible();
    await page.goto(`/app/p/${server.project}/flows/${flow._id}?agent=${ids[1]}`);
    // What does not compile is not saved.
    await page.getByRole('textbox', { name: 'Prompt template' }).fill('{{ agents.Nobody.text }}');
    await page.getByRole('textbox', { name: 'Condition 1' }).fill('{{ goal contains "x" }}');
    await page.getByRole('combobox', { name: 'Go to 1' }).click();
    await page.getByRole('option', { name: 'First' }).click();
    await closePanel(page, info);
    await save(page);
    await expect(page.getByText('Saved as version 2')).toBeVisible();
    const saved = await (await page.request.get(`/agentflow/${flow._id}`)).json();
    expect(saved.agents[1].conditions).toEqual([{ condition: '{{ goal contains "x" }}', decision: ids[0] }]);
});

test('agents are copied from one flow into another', async ({ signed_in: page, server }, info) => {
    const from = await makeFlow(server, `From ${info.project.name}`, ['Copied', 'Other']);
    const to = await makeFlow(server, `To ${info.project.name}`, ['Here']);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await open(page, server, from._id);
    await outline(page).getByRole('button', { name: 'Actions of Copied' }).click();
    await page.getByRole('menuitem', { name: 'Copy' }).click();
    await expect(page.getByText('1 agent copied')).toBeVisible();
    await open(page, server, to._id);
    await outline(page).locator('[data-row]').first().focus();
    await page.keyboard.press('Control+v');
    await expect(page.getByRole('textbox', { name: 'Title' })).toHaveValue('Copied');
    await closePanel(page, info);
    await expect(outline(page).locator('[data-row]')).toHaveCount(2);
    await save(page);
    await expect(page.getByText('Saved as version 2')).toBeVisible();
});

test('the canvas: keys walk, the panel opens, the address remembers', async ({ signed_in: page, server }, info) => {
    const flow = await makeFlow(server, `Canvas ${info.project.name}`, ['Top', 'Bottom']);
    await open(page, server, flow._id, '?view=canvas');
    const node = (title: string) => page.getByRole('group', { name: `Agent ${title}` });
    await node('Top').focus();
    await page.keyboard.press('ArrowDown');
    await expect(node('Bottom')).toBeFocused();
    await expectAccessible(page);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('textbox', { name: 'Title' })).toHaveValue('Bottom');
    await expect(page).toHaveURL(new RegExp(`agent=${ids[1]}`));
    await expectAccessible(page);
    await page.goBack();
    await expect(page.getByRole('textbox', { name: 'Title' })).toHaveCount(0);
});

test('the settings of a flow', async ({ signed_in: page, server }, info) => {
    const flow = await makeFlow(server, `Settings ${info.project.name}`, ['Only']);
    await open(page, server, flow._id, '?panel=flow');
    await page.getByRole('textbox', { name: 'Default goal' }).fill('Do it well.');
    await page.getByRole('switch', { name: 'Look for anomalies' }).click({ force: true });
    await page.getByRole('textbox', { name: 'What is odd' }).fill('Anger');
    await expectAccessible(page);
    await closePanel(page, info);
    await save(page);
    await expect(page.getByText('Saved as version 2')).toBeVisible();
    const saved = await (await page.request.get(`/agentflow/${flow._id}`)).json();
    expect(saved).toMatchObject({
        default_goal: 'Do it well.',
        anomaly_detection: { is_enabled: true, instructions: 'Anger' },
    });
});
