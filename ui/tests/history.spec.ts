import { readFileSync } from 'node:fs';
import { expect, expectAccessible, test } from './fixtures.ts';
import { makeFlow, startRun, untilStatus } from './flows.ts';

test('the history is filtered and paged by its address, and exported', async ({ signed_in: page, server }, info) => {
    const name = `Greeter ${info.project.name}`;
    const flow = await makeFlow(server, name, [{ title: 'Greet', prompt: 'Greet {{ goal }}' }]);
    const goals = Array.from({ length: 27 }, (_, index) => `=Goal ${index + 1}`);
    let last = '';
    for (const goal of goals) last = await startRun(server, flow, goal);
    await untilStatus(server, last, 'completed');

    await page.goto(`/app/p/${server.project}/history?flow=${flow}`);
    const rows = page.getByRole('row', { name });
    await expect(rows).toHaveCount(25);
    await expect(page.getByText('1–25 of 27')).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Next page' }).click();
    await expect(rows).toHaveCount(2);
    await expect(page).toHaveURL(/page=2/);

    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export CSV' }).click();
    const csv = readFileSync(await (await download).path(), 'utf8');
    expect(csv.split('\r\n')).toHaveLength(4);
    expect(csv).toContain(",'=Goal 1,");

    await page.goBack();
    await expect(rows).toHaveCount(25);
    await page.getByRole('button', { name: 'Failed' }).click();
    await expect(page.getByText('Nothing matches')).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Show everything' }).click();
    await rows.first().getByRole('link', { name }).click();
    await expect(page).toHaveURL(new RegExp(`/runs/${last}\\?execution=`));
    await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
});
