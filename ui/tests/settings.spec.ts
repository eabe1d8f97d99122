import { get, makeCoworker } from './api.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import { post } from './start.ts';

type Settings = { models: Record<string, unknown>; budgets: unknown[]; retention: unknown; input_forms: unknown[] };

test('a budget with a fault is told at its field; mended, it is saved', async ({ signed_in: page, server }, info) => {
    const project = await makeCoworker(server, `Budgets ${info.project.name}`);
    await page.goto(`/app/p/${project}/settings/budgets`);
    await page.getByRole('button', { name: 'Add budget' }).click();
    await page.getByRole('combobox', { name: 'Whose spending' }).click();
    await page.getByRole('option', { name: 'One flow' }).click();
    await page.getByRole('button', { name: 'Save changes' }).click();
    await expect(
        page
            .getByText('is missing: which flow’s budget it is')
            .or(page.getByText("is missing: which flow's budget it is"))
            .first(),
    ).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('combobox', { name: 'Whose spending' }).click();
    await page.getByRole('option', { name: 'The whole coworker' }).click();
    await page.getByLabel('US dollars').fill('25');
    await page.getByRole('button', { name: 'Save changes' }).click();
    await expect(page.getByText('$0.00 of $25.00 used')).toBeVisible();
    await expect(page.getByText('You have unsaved changes.')).toBeHidden();
    const { budgets } = await get<Settings>(server, `/settings/${project}`);
    expect(budgets).toEqual([{ level: 'project', window: 'day', cost_usd: 25, policy: 'ask' }]);
    await expectAccessible(page);
});

test('whoever leaves with unsaved changes is asked', async ({ signed_in: page, server }, info) => {
    const project = await makeCoworker(server, `Asked ${info.project.name}`);
    await page.goto(`/app/p/${project}/settings/retention`);
    await page.getByRole('radio', { name: 'Remove runs some time after they ended' }).click();
    await page.getByLabel('Days after the end').fill('30');
    await expectAccessible(page);
    await page.getByRole('heading', { level: 1 }).click();
    await page.keyboard.press('Control+k');
    await page.getByPlaceholder('Go to, or do…').fill('tables');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Leave without saving?' }).getByRole('button', { name: 'Cancel' }).click();
    await expect(page).toHaveURL(/settings\/retention$/);
    await expect(page.getByLabel('Days after the end')).toHaveValue('30');
    await page.getByRole('button', { name: 'Save changes' }).click();
    await expect(page.getByText('You have unsaved changes.')).toBeHidden();
    expect((await get<Settings>(server, `/settings/${project}`)).retention).toEqual({ runs_days: 30 });
});

test('a provider’s key goes in, never comes back, and is tested', async ({ signed_in: page, server }, info) => {
    const project = await makeCoworker(server, `Keys ${info.project.name}`);
    await page.goto(`/app/p/${project}/settings/models`);
    await page.getByRole('button', { name: 'Add provider' }).click();
    await page.getByRole('menuitem', { name: 'OpenAI', exact: true }).click();
    await page.getByRole('button', { name: 'Save and test' }).click();
    await expect(page.getByText('Enter the key.')).toBeVisible();
    await page.getByRole('textbox', { name: 'API key' }).fill('sk-canary-0123456789');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Save and test' }).click();
    const test_dialog = page.getByRole('dialog', { name: 'Test OpenAI' });
    await test_dialog.getByRole('textbox', { name: 'Model' }).fill('weft/rehearsal');
    await test_dialog.getByRole('button', { name: 'Send a test prompt' }).click();
    await expect(test_dialog.getByText('It answers')).toBeVisible();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await expect(page.getByText('Key set')).toBeVisible();
    expect(await page.content()).not.toContain('sk-canary');
    await expectAccessible(page);
});

test('an input form is built beside its preview', async ({ signed_in: page, server }, info) => {
    const project = await makeCoworker(server, `Forms ${info.project.name}`);
    await post(server.base, server.api_key, `/agentflow?projectID=${project}`, { name: 'Ask', agents: [] });
    await page.goto(`/app/p/${project}/settings/forms`);
    await page.getByRole('button', { name: 'Add form' }).click();
    await page.getByRole('menuitem', { name: 'Ask' }).click();
    await page.getByLabel('Label').fill('Which city?');
    await page.getByRole('combobox', { name: 'Kind' }).click();
    await page.getByRole('option', { name: 'One of several' }).click();
    await page.getByRole('combobox', { name: 'Choices' }).fill('Rome');
    await page.keyboard.press('Enter');
    await expect(
        page.getByRole('region', { name: 'Preview of the form of Ask' }).getByText('Which city?'),
    ).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Save changes' }).click();
    await expect(page.getByText('You have unsaved changes.')).toBeHidden();
    const { input_forms } = await get<Settings>(server, `/settings/${project}`);
    expect(input_forms).toMatchObject([{ fields: [{ name: 'topic', label: 'Which city?', options: ['Rome'] }] }]);
});

test('no section of the settings has a violation', async ({ signed_in: page, server }) => {
    for (const section of ['general', 'limits', 'members']) {
        await page.goto(`/app/p/${server.project}/settings/${section}`);
        await expect(page.getByRole('heading', { level: 2 }).first()).toBeVisible();
        await expectAccessible(page);
    }
});

test('a webhook’s secret is made, shown once and then only said to be set', async ({
    signed_in: page,
    server,
}, info) => {
    const project = await makeCoworker(server, `Hooks ${info.project.name}`);
    await page.goto(`/app/p/${project}/settings/notifications`);
    await page.getByRole('checkbox', { name: 'When something new waits in the inbox' }).check();
    await page.getByLabel('Address').fill('https://example.org/hook');
    await page.getByRole('button', { name: 'Make a secret' }).click();
    const secret = (await page.getByTestId('shown-once').textContent()) ?? '';
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Save changes' }).click();
    await expect(page.getByPlaceholder('Set. Leave empty to keep it.')).toBeVisible();
    expect(await page.content()).not.toContain(secret);
});
