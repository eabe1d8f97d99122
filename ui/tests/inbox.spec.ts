import { get } from './api.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import { runThatAsks } from './flows.ts';
import { post, type Server } from './start.ts';

type Made = { _id: string };

/** Asks whether so many of something may be ordered. */
const askOrder = (server: Server, thing: string, count: number) =>
    post<Made>(server.base, server.api_key, `/inbox/create?projectID=${server.project}`, {
        type: 'preview',
        summary: `May I order ${thing}?`,
        preview_input: {
            skill: { name: 'Order', input: { thing, count } },
            thoughts: { reasoning: 'They are worn.' },
        },
    });

test('an approval with an edit: the run completes, and the row has what the person wrote', async ({
    signed_in: page,
    server,
}, info) => {
    const table = `Letters ${info.project.name}`;
    const made = await post<Made>(server.base, server.api_key, `/create/table?projectID=${server.project}`, {
        table_name: table,
        columns: [{ column_name: 'To' }, { column_name: 'Text' }],
    });
    const run = await runThatAsks(server, table, 'Bob');
    await page.goto(`/app/p/${server.project}/inbox`);
    await page.getByRole('link', { name: new RegExp(`Desk of ${table}`) }).click();
    const item = page.getByRole('article');
    await expect(item.getByText('Bob')).toBeVisible();
    await item.getByRole('button', { name: 'Edit' }).click();
    await item.getByRole('textbox', { name: 'to', exact: true }).fill('Ada');
    await expect(item.getByText('Changed from what the agent asked')).toBeVisible();
    await expectAccessible(page);
    // What is typed outlives the page.
    await page.reload();
    await expect(item.getByRole('textbox', { name: 'to', exact: true })).toHaveValue('Ada');
    await item.getByRole('button', { name: 'Approve with changes' }).click();
    await expect(item.getByRole('status').getByText('Approved')).toBeVisible();
    await expectAccessible(page);

    await expect(async () => {
        const { status } = await get<{ status: string }>(server, `/execute_flow/${run._id}`);
        expect(status).toBe('completed');
    }).toPass();
    await page.goto(`/app/p/${server.project}/tables/${made._id}`);
    await expect(page.getByRole('gridcell', { name: 'Ada', exact: true })).toBeVisible();
    await expect(page.getByRole('gridcell', { name: 'Bob', exact: true })).toHaveCount(0);
});

test('a form: what is wrong stands at its field, a draft is kept, and then it is submitted', async ({
    signed_in: page,
    server,
}, info) => {
    const item = await post<Made>(server.base, server.api_key, `/inbox/create?projectID=${server.project}`, {
        summary: `Which supplier, ${info.project.name}?`,
        fields: [
            { field_id: 'supplier', label: 'Supplier', type: 'short text', required: true },
            { field_id: 'kind', label: 'Kind', type: 'one option', options: ['cheap', 'good'] },
            { field_id: 'names', label: 'Names', type: 'list' },
            { field_id: 'lines', label: 'Lines', type: 'table', items: [{ field_id: 'price', type: 'number' }] },
            { field_id: 'due', label: 'Due', type: 'date and time' },
            { field_id: 'paper', label: 'Paper', type: 'file' },
        ],
    });
    await page.goto(`/app/p/${server.project}/inbox/${item._id}`);
    await page.getByRole('button', { name: 'Submit' }).click();
    await expect(page.getByText('Correct what is marked.')).toBeVisible();
    await page.getByRole('textbox', { name: 'Supplier' }).fill('Acme');
    await page.getByRole('combobox', { name: 'Kind' }).click();
    await page.getByRole('option', { name: 'good' }).click();
    await page.getByRole('group', { name: 'Names' }).getByRole('button', { name: 'Add' }).click();
    await page.getByRole('textbox', { name: 'Names, line 1' }).fill('Ada');
    await page.getByRole('button', { name: 'Add row' }).click();
    await page.getByLabel('price').fill('12');
    await page.getByLabel('Due').fill('2026-05-01T10:00');
    await page.locator('input[type="file"]').setInputFiles({
        name: 'offer.txt',
        mimeType: 'text/plain',
        buffer: Buffer.from('An offer'),
    });
    await expect(page.getByText('offer.txt')).toBeVisible();
    await page.getByRole('button', { name: 'Save draft' }).click();
    await expect(page.getByText('Needs you')).toBeVisible();
    await page.getByRole('button', { name: 'Submit' }).click();
    await expect(page.getByRole('article').getByRole('status').getByText('Completed')).toBeVisible();
    const { runtime_input } = await get<{ runtime_input: { values: unknown } }>(server, `/inbox/${item._id}`);
    expect(runtime_input.values).toMatchObject({
        supplier: 'Acme',
        kind: 'good',
        names: ['Ada'],
        lines: [{ price: 12 }],
    });
    await expectAccessible(page);
});

test('who is late learns who was first; a reason for a rejection is kept', async ({
    signed_in: page,
    server,
}, info) => {
    const first = await askOrder(server, `chairs ${info.project.name}`, 12);
    await page.goto(`/app/p/${server.project}/inbox/${first._id}`);
    await page.getByText('Thoughts of the agent').click();
    await expect(page.getByText('They are worn.')).toBeVisible();
    // The page must not notice by itself what happens meanwhile.
    await page.route(`**/inbox/${first._id}`, (route) => route.abort());
    await post(server.base, server.api_key, `/inbox/update/preview?projectID=${server.project}`, {
        inbox_id: first._id,
        is_approved: true,
    });
    await page.unroute(`**/inbox/${first._id}`);
    await page.getByRole('button', { name: 'Approve' }).click();
    await expect(page.getByRole('alert').getByText('Somebody was first')).toBeVisible();
    await expectAccessible(page);

    const second = await askOrder(server, `lamps ${info.project.name}`, 3);
    await page.goto(`/app/p/${server.project}/inbox/${second._id}`);
    await page.getByRole('button', { name: 'Reject' }).click();
    await page.getByRole('dialog').getByLabel('Reason').fill('Too dear');
    await page.getByRole('dialog').getByRole('button', { name: 'Reject' }).click();
    await expect(page.getByText('Reason: Too dear')).toBeVisible();
});

test('many at once, and the keyboard', async ({ signed_in: page, server }, info) => {
    const word = `desk${info.project.name}`;
    for (const count of [1, 2, 3]) await askOrder(server, `${word} number${count}`, count);
    await page.goto(`/app/p/${server.project}/inbox`);
    await page.getByRole('searchbox').fill(word);
    await expect(page).toHaveURL(/q=desk/);
    await expect(page.getByRole('listitem').filter({ hasText: word })).toHaveCount(3);
    await expectAccessible(page);
    if (info.project.name === 'desktop') {
        await page.getByRole('heading', { name: 'Inbox' }).click();
        await page.keyboard.press('j');
        await expect(page.getByRole('article')).toContainText('number3');
        await page.keyboard.press('x');
        await page.keyboard.press('j');
        await page.keyboard.press('j');
        await expect(page.getByRole('article')).toContainText('number1');
        await page.keyboard.press('Shift+X');
        await expect(page.getByText('3 marked')).toBeVisible();
        await page.keyboard.press('a');
    } else {
        for (const count of [1, 2, 3])
            await page.getByRole('checkbox', { name: new RegExp(`${word} number${count}`) }).check();
        await page.getByRole('region', { name: 'Marked questions' }).getByRole('button', { name: 'Approve' }).click();
    }
    await page.getByRole('dialog').getByRole('button', { name: 'Approve 3 questions' }).click();
    await expect(page.getByText('3 questions done')).toBeVisible();
    await expect(page.getByRole('listitem').filter({ hasText: word })).toHaveCount(0);
    await page.goto(`/app/p/${server.project}/inbox?tab=done&q=${word}`);
    await expect(page.getByRole('listitem').filter({ hasText: word })).toHaveCount(3);
    await expectAccessible(page);
});
