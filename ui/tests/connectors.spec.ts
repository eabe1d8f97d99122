import { get } from './api.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import { post } from './start.ts';

test('a web service is connected with a secret that never comes back', async ({ signed_in: page, server }, info) => {
    const name = `Shop ${info.project.name}`;
    await page.goto(`/app/p/${server.project}/connectors`);
    await page.getByRole('button', { name: 'Add connector' }).click();
    await page.getByLabel('Search the catalogue').fill('rest');
    await page.getByRole('button', { name: 'RESTful' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add connector' });
    await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
    await dialog.getByRole('textbox', { name: 'Base URL' }).fill('no address');
    await dialog.getByRole('combobox', { name: 'Authentication' }).click();
    await page.getByRole('option', { name: 'Bearer token' }).click();
    await dialog.getByRole('textbox', { name: 'Token' }).fill('canary-token-0123456789');
    await dialog.getByRole('button', { name: 'Connect' }).click();
    await expect(dialog.getByText('must be a URL such as').first()).toBeVisible();
    await dialog.getByRole('textbox', { name: 'Base URL' }).fill('https://api.example.com/v2');
    await dialog.getByRole('button', { name: 'Connect' }).click();

    const details = page.getByRole('dialog', { name });
    await expect(details.getByPlaceholder('Set. Leave empty to keep it.').first()).toBeVisible();
    await expect(page).toHaveURL(/connector=[0-9a-f]{24}/);
    expect(await page.content()).not.toContain('canary-token');
    await expectAccessible(page);
});

test('a connector gets an action of its own, is switched off, and deleted', async ({
    signed_in: page,
    server,
}, info) => {
    const name = `Store ${info.project.name}`;
    const body = { name, config: { base_url: 'https://api.example.com' } };
    const path = `/actions/restful/config?projectID=${server.project}`;
    const { _id } = await post<{ _id: string }>(server.base, server.api_key, path, body);
    await page.goto(`/app/p/${server.project}/connectors?connector=${_id}`);
    const details = page.getByRole('dialog', { name });
    await details.getByRole('button', { name: 'Create action' }).click();
    await details.getByRole('textbox', { name: 'Name' }).fill('Look up an order');
    await details.getByLabel('Path below the base URL').fill('/orders/{{id}}');
    await expect(details.getByText('id', { exact: true })).toBeVisible();
    await details.getByRole('button', { name: 'Create action' }).click();
    await expect(details.getByText('/restful/look_up_an_order')).toBeVisible();

    await details.getByRole('switch', { name: 'On' }).press('Space');
    await expect(details.getByText('It is off')).toBeVisible();
    await details.getByRole('button', { name: 'Delete connector' }).click();
    await page
        .getByRole('dialog', { name: `Delete “${name}”?` })
        .getByRole('button', { name: 'Delete connector' })
        .click();
    await expect(page.getByRole('button', { name })).toBeHidden();
    const groups = await get<{ accountDetails: { sourceName: string }[] }[]>(server, `/connectors/${server.project}`);
    expect(groups.flatMap(({ accountDetails }) => accountDetails).some(({ sourceName }) => sourceName === name)).toBe(
        false,
    );
    await expectAccessible(page);
});

test('an action is tested and its answer is shown', async ({ signed_in: page, server }) => {
    await page.goto(`/app/p/${server.project}/connectors`);
    await page.getByRole('button', { name: 'Content creator' }).click();
    const details = page.getByRole('dialog', { name: 'Content creator' });
    await expect(details.getByRole('button', { name: 'Delete connector' })).toHaveCount(0);
    await details
        .getByRole('button', { name: /^Test / })
        .first()
        .click();
    await details.getByRole('button', { name: 'Run now' }).click();
    await expect(
        details
            .getByRole('alert')
            .or(details.getByRole('region', { name: 'Answer' }))
            .first(),
    ).toBeVisible();
    await expectAccessible(page);
});
