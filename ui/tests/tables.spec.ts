import { expect, expectAccessible, test } from './fixtures.ts';

test('a table is made and renamed; a name that is taken is told at the form', async ({
    signed_in: page,
    server,
}, info) => {
    const name = `Leads ${info.project.name}`;
    await page.goto(`/app/p/${server.project}/tables`);
    await page.getByRole('button', { name: 'New table' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill(name);
    await page.getByLabel('Columns').fill('Company, Email');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Create table' }).click();
    await expect(page.getByRole('link', { name, exact: true })).toBeVisible();
    await expect(page.getByText('Company, Email').first()).toBeVisible();

    await page.getByRole('button', { name: 'New table' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill(name);
    await page.getByRole('button', { name: 'Create table' }).click();
    await expect(page.getByRole('dialog').getByRole('alert')).toBeVisible();
    await page.getByRole('button', { name: 'Cancel' }).click();

    await page.getByRole('button', { name: `Rename ${name}` }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill(`${name} renamed`);
    await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click();
    await expect(page.getByRole('link', { name: `${name} renamed` })).toBeVisible();
    await expectAccessible(page);
});
