import { expect, expectAccessible, test } from './fixtures.ts';

const dot = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
);

test('files are uploaded with tags, found and looked at', async ({ signed_in: page, server }, info) => {
    const name = `notes ${info.project.name}.md`;
    await page.goto(`/app/p/${server.project}/files`);
    await expectAccessible(page);
    await page.getByPlaceholder('Tags for what you upload').fill('Letters');
    await page.keyboard.press('Enter');
    await page.locator('input[type="file"]').setInputFiles([
        { name, mimeType: 'text/markdown', buffer: Buffer.from('# Hello there') },
        { name: 'dot.png', mimeType: 'image/png', buffer: dot },
    ]);
    const table = page.getByRole('table');
    await expect(table.getByRole('button', { name, exact: true })).toBeVisible();
    // Only what is ready has it.
    await expect(table.getByRole('link', { name: `Download ${name}` })).toBeVisible();
    await expect(table.getByText('Letters').filter({ visible: true }).first()).toBeVisible();

    await page.getByRole('searchbox', { name: 'Search files' }).fill('notes');
    await expect(page).toHaveURL(/q=notes/);
    await expect(table.getByRole('button', { name: 'dot.png' })).toHaveCount(0);
    await table.getByRole('button', { name, exact: true }).click();
    await expect(page.getByText('# Hello there')).toBeVisible();
    await expect(page).toHaveURL(/file=/);
    await expectAccessible(page);
    await page.goBack();
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await page.getByRole('searchbox', { name: 'Search files' }).fill('');
    await table.getByRole('button', { name: 'dot.png', exact: true }).first().click();
    await expect(page.getByRole('img', { name: 'dot.png' })).toHaveJSProperty('naturalWidth', 1);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await expectAccessible(page);
});

test('an upload that fails says why and can be tried again', async ({ signed_in: page, server }, info) => {
    const name = `late ${info.project.name}.txt`;
    await page.goto(`/app/p/${server.project}/files`);
    await page.route('**/files/upload**', (route) => route.abort());
    await page.locator('input[type="file"]').setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from('x') });
    await expect(page.getByRole('alert')).toContainText('The server does not answer.');
    await page.unroute('**/files/upload**');
    await page.getByRole('button', { name: `Upload ${name} again` }).click();
    await expect(page.getByRole('img', { name: 'Uploaded' })).toBeVisible();
    await expect(page.getByRole('table').getByRole('button', { name, exact: true })).toBeVisible();
    await expectAccessible(page);
});
