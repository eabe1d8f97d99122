import { makeCoworker } from './api.ts';
import { expect, expectAccessible, signIn, test } from './fixtures.ts';

test('the list of coworkers leads into one, and its sections are there', async ({ signed_in: page, server }, info) => {
    const name = `Idle ${info.project.name}`;
    const project = await makeCoworker(server, name);
    await page.goto('/app/');
    await expect(page).toHaveTitle('Coworkers · Weft');
    await expect(page.getByText('Has not run yet').first()).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('main').getByRole('link', { name }).click();
    await expect(page).toHaveURL(`/app/p/${project}/overview`);
    await page.goBack();
    await expect(page.getByRole('heading', { level: 1, name: 'Coworkers' })).toBeVisible();
});

const sections = ['overview', 'flows', 'runs', 'inbox', 'history', 'tables', 'files', 'connectors', 'settings'];
test('each section has an address, a heading and no violation', async ({ signed_in: page, server }) => {
    for (const section of sections) {
        await page.goto(`/app/p/${server.project}/${section}`);
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
        await expect(page.getByRole('status', { name: 'Loading' })).toHaveCount(0);
        await expectAccessible(page);
    }
});

test('an address that does not exist says so and leads on', async ({ signed_in: page, server }) => {
    await page.goto(`/app/p/${server.project}/nonsense`);
    await expect(page.getByRole('heading', { level: 1, name: 'This page does not exist' })).toBeVisible();
    await page.getByRole('link', { name: 'To the coworkers' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Coworkers' })).toBeVisible();
});

test('keys lead to sections, open the palette and the sheet', async ({ signed_in: page, server }) => {
    await page.goto(`/app/p/${server.project}/flows`);
    await expect(page.getByRole('heading', { level: 1, name: 'Flows' })).toBeVisible();
    await page.keyboard.press('g');
    await page.keyboard.press('t');
    await expect(page.getByRole('heading', { level: 1, name: 'Tables' })).toBeVisible();

    await page.keyboard.press('?');
    await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
    await expectAccessible(page);
    await page.keyboard.press('Escape');

    await page.keyboard.press('Control+k');
    await page.getByPlaceholder('Go to, or do…').fill('inb');
    await expectAccessible(page);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { level: 1, name: 'Inbox' })).toBeVisible();
});

test('the palette opens from a field, too', async ({ signed_in: page, server }) => {
    await page.goto(`/app/p/${server.project}/files`);
    await page.getByRole('searchbox', { name: 'Search files' }).fill('notes');
    await page.keyboard.press('Control+k');
    await expect(page.getByPlaceholder('Go to, or do…')).toBeFocused();
});

test('a focus that no key has asked for shows no ring', async ({ signed_in: page, server }) => {
    await page.goto(`/app/p/${server.project}/connectors?add=any`);
    const close = page.getByRole('dialog').getByRole('button', { name: 'Close' });
    const ring = () => close.evaluate((element) => getComputedStyle(element).outlineStyle);
    await close.focus();
    expect(await ring()).toBe('none');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Shift+Tab');
    await expect(close).toBeFocused();
    expect(await ring()).toBe('solid');
});

test('theme and language are chosen in the account menu and kept', async ({ signed_in: page }) => {
    await page.goto('/app/');
    await page.getByRole('button', { name: 'Account of Ada Lovelace' }).click();
    await page.getByRole('menuitem', { name: 'Dark' }).click();
    await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark');
    await expectAccessible(page);
    await page.getByRole('menuitem', { name: 'Deutsch' }).click();
    await expect(page.getByRole('button', { name: 'Konto von Ada Lovelace' })).toBeVisible();
    await expect(page.locator('html')).toHaveAttribute('lang', 'de');
    await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark');
});

test('signing out leads to the sign-in, and there is no way back', async ({ page }) => {
    await signIn(page.request);
    await page.goto('/app/');
    await page.getByRole('button', { name: 'Account of Ada Lovelace' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await expect(page).toHaveURL('/app/sign-in');
    await page.goto('/app/');
    await expect(page).toHaveURL(/\/app\/sign-in/);
});

test('a lost connection is one line, and goes with it', async ({ signed_in: page, server }) => {
    await page.goto(`/app/p/${server.project}/tables`);
    await expect(page.getByRole('heading', { level: 1, name: 'Tables' })).toBeVisible();
    await page.route(/\/(inbox|health|agentflows)/, (route) => route.abort());
    // The first question that gets no answer tells it.
    await page.keyboard.press('g');
    await page.keyboard.press('f');
    await expect(page.getByText('Connection lost.')).toBeVisible();
    await page.unroute(/\/(inbox|health|agentflows)/);
    await expect(page.getByText('Connection lost.')).toBeHidden();
});
