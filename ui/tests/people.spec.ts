import { expect, expectAccessible, test } from './fixtures.ts';
import { post } from './start.ts';

test('an invited viewer sees the coworker and can change nothing', async ({
    signed_in: page,
    server,
    browser,
}, info) => {
    const email = `viewer.${info.project.name}@example.org`;
    const flow = `Visible ${info.project.name}`;
    await post(server.base, server.api_key, `/agentflow?projectID=${server.project}`, { name: flow, agents: [] });

    await page.goto('/app/settings/members');
    await page.getByRole('button', { name: 'Invite' }).click();
    const dialog = page.getByRole('dialog', { name: 'Invite' });
    await dialog.getByLabel('Email').fill(email);
    await dialog.getByRole('combobox', { name: 'Into the coworker' }).click();
    await page.getByRole('option', { name: 'My first project' }).click();
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Make invitation' }).click();
    const link = (await dialog.getByTestId('shown-once').textContent()) ?? '';
    expect(link).toContain('/app/join#token=');
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Done' }).click();
    await expect(page.getByText(email)).toBeVisible();

    const viewer = await browser.newContext({
        baseURL: server.base,
        viewport: page.viewportSize(),
        reducedMotion: 'reduce',
    });
    const other = await viewer.newPage();
    await other.goto(link);
    await other.getByLabel('Your name').fill('Vera Viewer');
    await other.getByLabel('Email').fill(email);
    await other.getByRole('textbox', { name: 'Password' }).fill('green lamp under the stairs');
    await expectAccessible(other);
    await other.getByRole('button', { name: 'Join' }).click();
    await expect(other.getByRole('heading', { level: 1, name: 'Coworkers' })).toBeVisible();
    await expect(other.getByRole('button', { name: 'New coworker' })).toHaveCount(0);
    await expect(other.getByRole('button', { name: 'Hire a coworker' })).toHaveCount(0);
    await other.getByRole('main').getByRole('link').first().click();
    await expect(other).toHaveURL(/\/overview$/);
    const [, project] = /\/p\/(\w+)\//.exec(other.url()) ?? [];

    await other.goto(`/app/p/${project}/settings/general`);
    await expect(other.getByText('You can look at this.')).toBeVisible();
    await expect(other.getByLabel('Name')).toBeDisabled();
    await expect(other.getByRole('button', { name: 'Delete for ever' })).toHaveCount(0);
    await expect(other.getByRole('link', { name: 'Export as JSON' })).toHaveCount(0);
    await expectAccessible(other);
    await other.goto(`/app/p/${project}/connectors`);
    await expect(other.getByRole('button', { name: 'Tables' })).toBeVisible();
    await expect(other.getByRole('button', { name: 'Add connector' })).toHaveCount(0);
    await other.goto('/app/settings/keys');
    await expect(other).toHaveURL('/app/settings/account');
    await expectAccessible(other);

    const { csrf_token } = await (await other.request.get('/auth/me')).json();
    const answer = await other.request.put(`/v1/project?projectId=${project}`, {
        headers: { 'x-csrf-token': csrf_token },
        data: { projectName: 'Mine now' },
    });
    expect(answer.status()).toBe(403);
    await viewer.close();
});

test('an invitation is revoked and its link opens nothing', async ({ signed_in: page, server }, info) => {
    const email = `revoked.${info.project.name}@example.org`;
    await post(server.base, server.api_key, '/organization/invitations', { email, role: 'member' });
    await page.goto('/app/settings/members');
    await page.getByRole('button', { name: `New link for ${email}` }).click();
    const link = (await page.getByTestId('shown-once').textContent()) ?? '';
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: `Revoke ${email}` }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await expect(page.getByText(email)).toBeHidden();
    const token = link.split('token=')[1];
    const answer = await page.request.post('/auth/signup', {
        data: { email, password: 'green lamp under the stairs', invitation: token },
    });
    expect(answer.status()).toBe(404);
});
