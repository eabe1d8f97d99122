import { get, makeCoworker, makeMember } from './api.ts';
import { closePanel, open, save } from './builder.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import { makeFlow } from './flows.ts';

type Saved = {
    _id: string;
    agents: {
        _id: string;
        approval: object;
        retry: object;
        pre_and_post_execution_input: { pre: unknown; post: unknown };
    }[];
};

test('an agent’s forms, and who answers', async ({ signed_in: page, server }, info) => {
    const olga = await makeMember(server, `Olga ${info.project.name}`, 'operator');
    const flow = await makeFlow(server, `Asks people ${info.project.name}`, [
        {
            title: 'Payer',
            prompt: 'Pay {{ amount }}',
            is_preview_mode_enabled: true,
            pre_and_post_execution_input: {
                pre: null,
                post: { fields: [{ field_id: 'note', label: 'Note', type: 'text', pattern: '^ok' }] },
            },
        },
    ]);
    const { agents } = await get<Saved>(server, `/agentflow/${flow}`);
    await open(page, server, flow, `?agent=${agents[0]?._id}`);
    await expect(page.getByText('Asks for Note.')).toBeVisible();
    await page.getByRole('button', { name: 'Add form: Before it begins' }).click();
    const dialog = page.getByRole('dialog', { name: 'Payer · Before it begins' });
    await dialog.getByRole('textbox', { name: 'Title' }).fill('How much?');
    await dialog.getByRole('textbox', { name: 'Label' }).fill('Amount');
    await dialog.getByRole('textbox', { name: 'Name in prompts' }).fill('amount');
    await dialog.getByRole('combobox', { name: 'Kind' }).click();
    await page.getByRole('option', { name: 'Number' }).click();
    await dialog.getByRole('button', { name: 'Add field' }).click();
    const second = dialog.getByRole('listitem').nth(1);
    await second.getByRole('combobox', { name: 'Kind' }).click();
    await page.getByRole('option', { name: 'Table' }).click();
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Done' }).click();

    // A table without columns cannot be asked for: the server says so where it can be mended.
    await closePanel(page, info);
    await save(page);
    await expect(page.getByText('Not saved: correct what is marked.')).toBeVisible();
    if (info.project.name === 'phone') await page.getByRole('button', { name: /^Payer/ }).click();
    await page.getByRole('button', { name: 'Edit form: Before it begins' }).click();
    await expect(second.getByText('is missing: the table')).toBeVisible();
    await second.getByRole('combobox', { name: 'Columns' }).fill('item');
    await page.keyboard.press('Enter');
    await dialog.getByRole('button', { name: 'Done' }).click();
    await expect(page.getByText('Asks for Amount, field_2.')).toBeVisible();

    await page.getByRole('combobox', { name: 'Who answers' }).click();
    await page.getByRole('option', { name: olga.name }).click();
    await page.getByRole('textbox', { name: 'Random part of a wait' }).fill('50');
    await expectAccessible(page);
    await closePanel(page, info);
    await save(page);
    await expect(page.getByText('Saved as version 2')).toBeVisible();
    const [agent] = (await get<Saved>(server, `/agentflow/${flow}`)).agents;
    expect(agent?.approval).toMatchObject({ assignee: expect.stringMatching(/^[0-9a-f]{24}$/) });
    expect(agent?.retry).toMatchObject({ jitter: 0.5 });
    expect(agent?.pre_and_post_execution_input).toMatchObject({
        pre: {
            title: 'How much?',
            fields: [
                { field_id: 'amount', label: 'Amount', type: 'number', required: true },
                { field_id: 'field_2', type: 'table', items: [{ field_id: 'item' }] },
            ],
        },
        post: { fields: [{ field_id: 'note', type: 'text', pattern: '^ok' }] },
    });
    await expectAccessible(page);
});

test('a flow’s budgets are changed where the flow is', async ({ signed_in: page, server }, info) => {
    const project = await makeCoworker(server, `Spends ${info.project.name}`);
    const own = { ...server, project };
    const flow = await makeFlow(own, 'Costly', [{ title: 'Only', prompt: 'Write' }]);
    await open(page, own, flow, '?panel=flow');
    await page.getByRole('button', { name: 'Change budgets' }).click();
    const dialog = page.getByRole('dialog', { name: 'Budgets of Costly' });
    await dialog.getByRole('button', { name: 'Add budget' }).click();
    await dialog.getByLabel('US dollars').fill('');
    await dialog.getByRole('button', { name: 'Save changes' }).click();
    await expect(dialog.getByRole('region', { name: 'You have unsaved changes.' })).toBeVisible();
    await dialog.getByLabel('US dollars').fill('25');
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('dialog', { name: 'Leave without saving?' }).getByRole('button', { name: 'Cancel' }).click();
    await dialog.getByRole('button', { name: 'Save changes' }).click();
    await expect(page.getByText('A day: $25.00')).toBeVisible();
    const { budgets } = await get<{ budgets: unknown[] }>(server, `/settings/${project}`);
    expect(budgets).toEqual([{ level: 'agentflow', agentflow_id: flow, window: 'day', cost_usd: 25, policy: 'ask' }]);
    await expectAccessible(page);
});
