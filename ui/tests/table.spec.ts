import { expect, expectAccessible, test } from './fixtures.ts';
import { post, type Server } from './start.ts';

async function makeTable(server: Server, name: string, rows: object[]) {
    const { base, api_key, project } = server;
    const table = await post<{ _id: string }>(base, api_key, `/create/table?projectID=${project}`, {
        table_name: name,
        columns: [
            { column_name: 'Name' },
            { column_name: 'Score', column_type: 'Number' },
            { column_name: 'Invited', column_type: 'Boolean' },
            { column_name: 'Stage', column_type: 'Enum', enum_options: ['new', 'offer'] },
            { column_name: 'Skills', column_type: 'Array' },
        ],
    });
    await post(base, api_key, `/storage/${project}/${table._id}`, rows);
    return `/app/p/${project}/tables/${table._id}`;
}

const people = Array.from({ length: 60 }, (_, index) => ({ name: `Person ${index}`, score: index, stage: 'new' }));

test('cells are edited from the keyboard; what does not fit is told and not lost', async ({
    signed_in: page,
    server,
}, info) => {
    await page.goto(await makeTable(server, `People ${info.project.name}`, people.slice(0, 3)));
    const cell = (row: number, column: number) => page.locator(`[data-spot="${row} ${column}"]`);
    await cell(0, 1).click();
    await page.keyboard.press('ArrowRight');
    await expect(cell(0, 2)).toBeFocused();
    await page.keyboard.press('Enter');
    await page.keyboard.type('12.5');
    await page.keyboard.press('Enter');
    await expect(cell(0, 2)).toHaveText('12.5');
    await expect(cell(1, 2)).toBeFocused();
    await page.keyboard.press('Enter');
    await page.keyboard.type('many');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('alert')).toContainText('is no number');
    await page.keyboard.press('Escape');
    await expect(cell(1, 2)).toHaveText('1');
    await expect(cell(1, 2)).toBeFocused();
    await page.keyboard.press('ArrowRight');
    await expect(cell(1, 3)).toBeFocused();
    await page.keyboard.press('Space');
    await expect(cell(1, 3)).toHaveText('Yes');
    await page.keyboard.press('ArrowRight');
    await expect(cell(1, 4)).toBeFocused();
    await page.keyboard.press('Enter');
    await page.getByRole('combobox', { name: 'Stage' }).selectOption('offer');
    await page.keyboard.press('Enter');
    await expect(cell(1, 4)).toHaveText('offer');
    await cell(2, 5).dblclick();
    await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click();
    await page.getByRole('textbox', { name: 'Skills, line 1' }).fill('SQL');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await expect(cell(2, 5)).toHaveText('SQL');
    await page.reload();
    await expect(cell(0, 2)).toHaveText('12.5');
    await expect(cell(1, 4)).toHaveText('offer');

    // A cell that cannot be saved is kept, to be tried again.
    await page.route('**/storage/**', (route) =>
        route.request().method() === 'PUT' ? route.abort() : route.continue(),
    );
    await cell(0, 1).click();
    await page.keyboard.type('Zoe');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('alert').filter({ hasText: 'Zoe' })).toBeVisible();
    await page.unroute('**/storage/**');
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect(cell(0, 1)).toHaveText('Zoe');
    await expectAccessible(page);
});

test('pages, order and filters are in the address', async ({ signed_in: page, server }, info) => {
    const path = await makeTable(server, `Pages ${info.project.name}`, people);
    await page.goto(path);
    await expect(page.getByText('1–50 of 60')).toBeVisible();
    await page.getByRole('button', { name: 'Next page' }).click();
    await expect(page.getByText('51–60 of 60')).toBeVisible();
    await page.goBack();
    await expect(page.getByText('1–50 of 60')).toBeVisible();
    await page.getByRole('button', { name: 'Score' }).click();
    await page.getByRole('menuitem', { name: 'Largest first' }).click();
    await expect(page.locator('[data-spot="0 1"]')).toHaveText('Person 59');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.getByRole('combobox', { name: 'Column' }).click();
    await page.getByRole('option', { name: 'Score' }).click();
    await page.getByRole('combobox', { name: 'Condition' }).click();
    await page.getByRole('option', { name: 'is less than' }).click();
    await page.getByLabel('Value').fill('2');
    await expectAccessible(page);
    await page.getByRole('dialog').getByRole('button', { name: 'Filter' }).click();
    await expect(page.getByText('1–2 of 2')).toBeVisible();
    await page.reload();
    await expect(page.getByText('1–2 of 2')).toBeVisible();
    await expectAccessible(page);
});

test('rows are searched, added and deleted', async ({ signed_in: page, server }, info) => {
    await page.goto(await makeTable(server, `Rows ${info.project.name}`, people.slice(0, 2)));
    await page.getByRole('button', { name: 'Add row' }).first().click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Newcomer');
    await page.getByRole('textbox', { name: 'Score' }).fill('1');
    await page.getByRole('dialog').getByRole('button', { name: 'Add row' }).click();
    await expect(page.getByText('1–3 of 3')).toBeVisible();
    await page.getByRole('checkbox', { name: 'Mark all rows' }).check();
    await page.getByRole('button', { name: 'Delete 3 rows' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete 3 rows' }).click();
    await expect(page.getByText('No rows yet')).toBeVisible();
    await page.getByRole('searchbox').fill('nobody');
    await expect(page.getByText('Nothing matches')).toBeVisible();
    await expectAccessible(page);
});

test('columns are added, changed and deleted', async ({ signed_in: page, server }, info) => {
    await page.goto(await makeTable(server, `Grown ${info.project.name}`, people.slice(0, 1)));
    await page.getByRole('button', { name: 'Add column' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Town');
    await page.getByRole('dialog').getByRole('button', { name: 'Add column' }).click();
    await page.getByRole('columnheader', { name: 'Town' }).getByRole('button').click();
    await page.getByRole('menuitem', { name: 'Edit column' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('City');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByRole('columnheader', { name: 'City' }).getByRole('button').click();
    await page.getByRole('menuitem', { name: 'Delete column' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete column' }).click();
    await expect(page.getByRole('columnheader', { name: 'City' })).toHaveCount(0);
    await expectAccessible(page);
});

test('a file is imported row by row, and the table exported', async ({ signed_in: page, server }, info) => {
    const name = `Imported ${info.project.name}`;
    await page.goto(await makeTable(server, name, people.slice(0, 1)));
    await page.getByRole('button', { name: 'More for this table' }).click();
    await page.getByRole('menuitem', { name: 'Import CSV' }).click();
    await page.locator('input[type="file"]').setInputFiles({
        name: 'people.csv',
        mimeType: 'text/csv',
        buffer: Buffer.from('Name;Score;Stage;Remark\r\nAda;12;offer;"Oslo; Rome"\r\nBob;many;new;\r\nCleo;7;new;\r\n'),
    });
    await expect(page.getByRole('combobox', { name: 'Column for Stage' })).toHaveValue('Stage');
    await expect(page.getByRole('combobox', { name: 'Column for Remark' })).toHaveValue('Add as a new column');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Import 3 rows' }).click();
    await expect(page.getByText('2 of 3 rows imported.')).toBeVisible();
    await expect(page.getByRole('dialog').getByText('“many” is no number')).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
    await expect(page.getByRole('gridcell', { name: 'Oslo; Rome' })).toBeVisible();

    await page.getByRole('button', { name: 'More for this table' }).click();
    const download = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: 'Export as CSV' }).click();
    expect((await download).suggestedFilename()).toBe(`${name}.csv`);
    await expectAccessible(page);
});
