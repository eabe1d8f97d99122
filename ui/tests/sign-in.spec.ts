import { expect, expectAccessible, test } from './fixtures.ts';
import { owner } from './start.ts';

test('nobody is led to the sign-in, and back to where he wanted to go', async ({ page, server }) => {
    await page.goto(`/app/p/${server.project}/tables`);
    await expect(page).toHaveURL(/\/app\/sign-in\?next=/);
    await expectAccessible(page);

    await page.getByLabel('Email').fill(owner.email);
    await page.getByRole('textbox', { name: 'Password' }).fill(owner.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page).toHaveURL(`/app/p/${server.project}/tables`);
    await expect(page.getByRole('heading', { level: 1, name: 'Tables' })).toBeVisible();
});

test('a wrong password is told in words, an empty field at the field', async ({ page }) => {
    await page.goto('/app/sign-in');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByText('Enter your email.')).toBeVisible();
    await expect(page.getByText('Enter your password.')).toBeVisible();
    await page.getByLabel('Email').fill(owner.email);
    await page.getByRole('textbox', { name: 'Password' }).fill('something else');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('alert')).toHaveText('The email or the password is wrong.');
    await expectAccessible(page);
});

test('a link does not lead to another origin', async ({ page }) => {
    await page.goto('/app/sign-in?next=//example.org/');
    await page.getByLabel('Email').fill(owner.email);
    await page.getByRole('textbox', { name: 'Password' }).fill(owner.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Coworkers' })).toBeVisible();
    await expect(page).toHaveURL(/\/app\/?$/);
});

test('who forgot the password is told whom to ask where no mail is sent', async ({ page }) => {
    await page.goto('/app/sign-in');
    await page.getByRole('button', { name: 'Forgot password?' }).click();
    await expect(page.getByText('Ask an admin of your organization')).toBeVisible();
    await page.getByRole('button', { name: 'Back to sign in' }).click();
    await expect(page.getByLabel('Email')).toBeVisible();
});
