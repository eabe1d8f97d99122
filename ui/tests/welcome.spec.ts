import { get } from './api.ts';
import { expect, expectAccessible, test } from './fixtures.ts';

const password = 'blue kettle on a quiet hill';

test('the key of the first start makes an owner, who hires a coworker and sees it at work', async ({
    page,
    server,
}, info) => {
    const email = `grace.${info.project.name}@example.org`;
    await page.goto(`/app/welcome#key=${server.api_key}`);
    await expect(page.getByRole('heading', { level: 1, name: 'Welcome to Weft' })).toBeVisible();
    // The key does not stay in the address.
    await expect(page).toHaveURL('/app/welcome');
    await page.getByRole('button', { name: 'Create account' }).click();
    await expect(page.getByText('Use at least 10 characters.')).toBeVisible();
    await page.getByLabel('Your name').fill('Grace Hopper');
    await page.getByLabel('Email').fill(email);
    await page.getByRole('textbox', { name: 'Password' }).fill(password);
    await expect(page.getByText('Strong')).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Create account' }).click();

    await expect(page.getByRole('heading', { level: 1, name: 'Hello, Grace Hopper' })).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Start with a ready one' }).click();
    const name = `Digest ${info.project.name}`;
    await page.getByRole('textbox', { name: 'Name' }).fill(name);
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Hire and try it' }).click();
    await expect(page).toHaveURL(/\/app\/p\/[0-9a-f]{24}\/runs\/[0-9a-f]{24}$/, { timeout: 15_000 });
    const [, project, task] = /\/p\/(\w+)\/runs\/(\w+)/.exec(page.url()) ?? [];
    await expect
        .poll(async () => (await get<{ status: string }>(server, `/task/${task}?projectID=${project}`)).status)
        .toBe('completed');
});

test('a wrong key is told at the form, and can be pasted', async ({ page }) => {
    await page.goto('/app/welcome#key=00000000-0000-0000-0000-000000000000');
    await page.getByLabel('Your name').fill('Nobody');
    await page.getByLabel('Email').fill('nobody@example.org');
    await page.getByRole('textbox', { name: 'Password' }).fill(password);
    await page.getByRole('button', { name: 'Create account' }).click();
    await expect(page.getByRole('alert')).toContainText('The server does not take this key.');
    await expect(page.getByRole('textbox', { name: 'Key of the first start' })).toBeVisible();
    await expectAccessible(page);
});

test('links without a token, and with one that is used, say what to do', async ({ page }) => {
    await page.goto('/app/reset');
    await expect(page.getByText('Open the whole link')).toBeVisible();
    await page.goto('/app/join#token=0123456789');
    await expect(page).toHaveURL('/app/join');
    await page.getByLabel('Your name').fill('Nobody');
    await page.getByLabel('Email').fill('nobody@example.org');
    await page.getByRole('textbox', { name: 'Password' }).fill(password);
    await page.getByRole('button', { name: 'Join' }).click();
    await expect(page.getByRole('alert')).toContainText('Ask for another one.');
    await expectAccessible(page);
});
