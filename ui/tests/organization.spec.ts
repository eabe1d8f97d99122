import { makeCoworker } from './api.ts';
import { expect, expectAccessible, test } from './fixtures.ts';

test('a key is made, shown once, works, and is revoked', async ({ signed_in: page, server }, info) => {
    const name = `Reports ${info.project.name}`;
    await page.goto('/app/settings/keys');
    await page.getByRole('button', { name: 'Create key' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Create key' }).click();
    await expect(dialog.getByText('Give it a name.')).toBeVisible();
    await dialog.getByRole('textbox', { name: 'Name' }).fill(name);
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Create key' }).click();
    const secret = (await dialog.getByTestId('shown-once').textContent()) ?? '';
    const asked = () => fetch(`${server.base}/v1/project/all`, { headers: { 'x-api-key': secret } });
    expect((await asked()).status).toBe(200);
    await dialog.getByRole('button', { name: 'Done' }).click();
    await expect(page.getByText(secret)).toHaveCount(0);
    await expectAccessible(page);
    await page.getByRole('button', { name: `Revoke ${name}` }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke key' }).click();
    await expect(page.getByText(name)).toBeHidden();
    expect((await asked()).status).toBe(401);
});

test('the audit log is filtered, the filter stands in the address, and a row opens', async ({ signed_in: page }) => {
    await page.goto('/app/settings/audit');
    await page.getByRole('textbox', { name: 'What' }).fill('users.');
    await expect(page).toHaveURL(/what=users\./);
    const log = page.getByRole('region', { name: 'Audit log' });
    await expect(log.getByText('auth.log_in')).toHaveCount(0);
    await log.getByRole('button', { name: 'users.add' }).first().click();
    await expect(page.getByRole('dialog').getByText('"what": "users.add"')).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await page.getByRole('textbox', { name: 'What' }).fill('nothing.like.it');
    await expect(page.getByText('Nothing fits')).toBeVisible();
    await expectAccessible(page);
});

test('plan, credits, budgets and account show what there is', async ({ signed_in: page }) => {
    await page.goto('/app/settings/plan');
    await expect(page.getByText('Self-hosted')).toBeVisible();
    await expectAccessible(page);
    await page.goto('/app/settings/credits');
    await expect(page.getByRole('link', { name: 'Download CSV' })).toBeVisible();
    await expectAccessible(page);
    await page.goto('/app/settings/budgets');
    await expect(page.getByRole('heading', { name: 'Budgets of the organization' })).toBeVisible();
    await expectAccessible(page);
    await page.goto('/app/settings/account');
    await expect(page.getByText('This browser')).toBeVisible();
    await page.getByLabel('Current password').fill('not my password');
    await page.getByLabel('New password').fill('a much longer new one');
    await page.getByRole('button', { name: 'Change password' }).click();
    await expect(page.getByText('Is not your password.').first()).toBeVisible();
    await expectAccessible(page);
});

test('a coworker goes to the trash and comes back', async ({ signed_in: page, server }, info) => {
    const name = `Put away ${info.project.name}`;
    await page.goto(`/app/p/${await makeCoworker(server, name)}/settings/general`);
    await page.getByRole('button', { name: 'Move to trash' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Move to trash' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Coworkers' })).toBeVisible();
    await page.goto('/app/settings/trash');
    await page.getByRole('button', { name: `Bring back ${name}` }).click();
    await expect(page.getByRole('main').getByText(name)).toBeHidden();
    await expectAccessible(page);
    await page.goto('/app/');
    await expect(page.getByRole('main').getByRole('link', { name })).toBeVisible();
});
