import { test as base, expect, expectAccessible } from './fixtures.ts';
import { makeFlow, startRun, untilStatus } from './flows.ts';
import { startModel } from './model.ts';
import { post, type Server, startServer } from './start.ts';

/** The server's models are a slow one: runs can be seen while they work. */
const test = base.extend<object, { server: Server }>({
    server: [
        // biome-ignore lint/correctness/noEmptyPattern: Playwright reads which fixtures are wanted
        async ({}, use) => {
            const model = await startModel();
            const server = await startServer({
                args: ['--allow-private-network'],
                env: { OPENAI_BASE_URL: model.base_url, OPENAI_API_KEY: 'test' },
            });
            await use(server);
            await server.stop();
            await model.stop();
        },
        { scope: 'worker' },
    ],
});

const makeSlowFlow = (server: Server, name: string) =>
    makeFlow(server, name, [
        { title: 'Gather', prompt: 'Say three words', model: 'openai/fast' },
        { title: 'Write', prompt: 'SLOW: write about {{ goal }}', model: 'openai/slow' },
        { title: 'Check', prompt: 'Check it', model: 'openai/fast' },
    ]);

test('a streaming run is watched and stopped', async ({ signed_in: page, server }, info) => {
    const name = `Digest ${info.project.name}`;
    const task = await startRun(server, await makeSlowFlow(server, name), 'What changed this week');
    await page.goto(`/app/p/${server.project}/runs/${task}`);
    await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
    const bar = page.getByRole('region', { name: 'Status and controls' });
    await expect(bar.locator('[data-status="running"]')).toBeVisible();
    await expect(page.locator('[data-live]')).toContainText('word2 word3 word4');
    await expectAccessible(page);

    // When each status was first drawn, seen from the click.
    await page.evaluate(() => {
        const seen: Record<string, number> = {};
        Object.assign(window, { seen });
        document.addEventListener('click', () => Object.assign(seen, { clicked: performance.now() }), true);
        new MutationObserver(() => {
            for (const badge of document.querySelectorAll('[data-status]')) {
                seen[badge.getAttribute('data-status') ?? ''] ??= performance.now();
            }
        }).observe(document.body, { subtree: true, childList: true, attributes: true });
    });
    await bar.getByRole('button', { name: 'Stop' }).click();
    await expect(bar.locator('[data-status="cancelled"]')).toBeVisible();
    const seen = await page.evaluate(() => (window as unknown as { seen: Record<string, number> }).seen);
    const after = (status: string) => (seen[status] ?? Number.NaN) - (seen.clicked ?? Number.NaN);
    info.annotations.push({
        type: 'click to Stopping, to Stopped',
        description: `${after('stop').toFixed(0)} ms, ${after('cancelled').toFixed(0)} ms`,
    });
    expect(after('stop')).toBeLessThanOrEqual(after('cancelled'));

    await expect(page.getByText('openai/slow of “Write” was aborted')).toBeVisible();
    await expect(page.getByText('None of them can have changed anything outside.')).toBeVisible();
    await expect(page.getByText('The call to the model was stopped.')).toBeVisible();
    await expect(bar.getByRole('button', { name: 'Stop' })).toHaveCount(0);
    await expect(bar.getByRole('button', { name: 'Run again' })).toBeVisible();
    await expectAccessible(page);
});

test('a run is paused, resumed, and run again with the same goal', async ({ signed_in: page, server }, info) => {
    const name = `Pausing ${info.project.name}`;
    const task = await startRun(server, await makeSlowFlow(server, name), 'The same again');
    await page.goto(`/app/p/${server.project}/runs/${task}`);
    const bar = page.getByRole('region', { name: 'Status and controls' });
    await bar.getByRole('button', { name: 'Pause' }).click();
    await expect(bar.locator('[data-status="paused"]')).toBeVisible();
    await bar.getByRole('button', { name: 'Resume' }).click();
    await expect(bar.locator('[data-status="running"]')).toBeVisible();
    await bar.getByRole('button', { name: 'Stop' }).click();
    await bar.getByRole('button', { name: 'Run again' }).click();
    await expect(page).not.toHaveURL(new RegExp(task));
    await expect(page.getByText('The same again').first()).toBeVisible();
    await expect(bar.locator('[data-status="running"]')).toBeVisible();
    await bar.getByRole('button', { name: 'Stop' }).click();
    await expect(bar.locator('[data-status="cancelled"]')).toBeVisible();
});

test('what failed says why and what to do, and what took over is shown', async ({ signed_in: page, server }, info) => {
    const flow = await makeFlow(server, `Reader ${info.project.name}`, [{ title: 'Read', prompt: '{{ not_given }}' }]);
    const rescue = { parent_agentflow_id: flow, failover_goal: 'Say what went wrong.' };
    await makeFlow(server, `Rescue ${info.project.name}`, [{ title: 'Excuse', prompt: '{{ goal }}' }], rescue);
    const task = await startRun(server, flow, 'Read it', { input_variables: { week: 48 } });
    await untilStatus(server, task, 'completed');
    await page.goto(`/app/p/${server.project}/runs/${task}`);
    await expect(page.getByRole('heading', { name: 'Conclusion' })).toBeVisible();
    await page.getByRole('button', { name: `Reader ${info.project.name}` }).click();
    await expect(page.getByRole('alert')).toContainText('“Read” failed');
    await expect(page.getByRole('alert')).toContainText('Run it again with that input');
    await expect(page.getByRole('alert')).toContainText('Another flow took over.');
    await expect(page).toHaveURL(/execution=/);
    await page.getByRole('tab', { name: 'Input and files' }).click();
    await expect(page.getByText('"week": 48')).toBeVisible();
    await expectAccessible(page);
    await page.goBack();
    await expect(page.getByRole('tab', { name: 'Steps' })).toHaveAttribute('aria-selected', 'true');
    await expect(page.getByRole('button', { name: 'Read', exact: false }).first()).toBeVisible();
    await page.getByRole('tab', { name: 'Raw data' }).click();
    await expect(page.getByText('"execution_nodes"')).toBeVisible();
});

test('what waits for a person leads to the inbox', async ({ signed_in: page, server }, info) => {
    const skills = await fetch(`${server.base}/skills/?projectID=${server.project}&limit=100`, {
        headers: { 'x-api-key': server.api_key },
    });
    const all = (await skills.json()) as { _id: string; name: string }[];
    const insert = all.find((skill) => skill.name === 'Tables - Insert records');
    const flow = await makeFlow(server, `Clerk ${info.project.name}`, [
        { title: 'Save', prompt: 'Save it', skills: [insert?._id], is_preview_mode_enabled: true },
    ]);
    const task = await startRun(server, flow, 'Save a note');
    await untilStatus(server, task, 'input_required');
    await page.goto(`/app/p/${server.project}/runs/${task}`);
    await expect(page.getByText('asks whether it may use')).toBeVisible();
    await expect(page.getByRole('img', { name: 'Waits for a person' })).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Answer it' }).click();
    await expect(page).toHaveURL(/\/inbox\/[0-9a-f]{24}/);
    // It would stand among the rows of other tests.
    await post(server.base, server.api_key, `/task/${task}/stop`, {});
});

const startThree = async (server: Server, name: string) => {
    const flow = await makeSlowFlow(server, name);
    for (const goal of ['First', 'Second', 'Third']) await startRun(server, flow, goal);
};

test('keys pause and stop in the list, and ways to elsewhere stop nothing', async ({
    signed_in: page,
    server,
}, info) => {
    const name = `Keys ${info.project.name}`;
    await startThree(server, name);
    await page.goto(`/app/p/${server.project}/runs`);
    const rows = page.getByRole('row', { name });
    await expect(rows.locator('[data-status="running"]')).toHaveCount(3);
    await page.keyboard.press('j');
    await page.keyboard.press('p');
    await expect(rows.locator('[data-status="paused"]')).toHaveCount(1);
    // The row has moved, and is still the one that is meant.
    await page.keyboard.press('s');
    await expect(rows.locator('[data-status="cancelled"]')).toHaveCount(1);
    await page.keyboard.press('k');
    await expect(
        rows
            .filter({ has: page.locator('[data-status="running"]') })
            .last()
            .getByRole('link'),
    ).toBeFocused();
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await expect(page).toHaveURL(/\/settings/);
    await page.goBack();
    await expect(rows.locator('[data-status="running"]')).toHaveCount(2);
});

test('the list stops one or many at once, and is filtered by its address', async ({
    signed_in: page,
    server,
}, info) => {
    const name = `Many ${info.project.name}`;
    await startThree(server, name);
    await page.goto(`/app/p/${server.project}/runs`);
    const rows = page.getByRole('row', { name });
    await expect(rows.locator('[data-status="running"]')).toHaveCount(3);
    await expectAccessible(page);
    const stop_buttons = rows.getByRole('button', { name: `Stop ${name}` });
    await stop_buttons.first().click();
    await expect(rows.locator('[data-status="cancelled"]')).toHaveCount(1);
    // Phones have no room for boxes to tick.
    if (info.project.name === 'desktop') {
        for (const box of await rows.getByRole('checkbox').all()) await box.check();
        await page.getByRole('button', { name: 'Stop 2 runs' }).click();
        await page.getByRole('dialog').getByRole('button', { name: 'Stop 2 runs' }).click();
    } else {
        await stop_buttons.first().click();
        await expect(stop_buttons).toHaveCount(1);
        await stop_buttons.click();
    }
    await expect(rows.locator('[data-status="cancelled"]')).toHaveCount(3);

    await page.getByRole('button', { name: 'Failed' }).click();
    await expect(page).toHaveURL(/status=failed/);
    await expect(rows).toHaveCount(0);
    await page.goBack();
    await expect(rows).toHaveCount(3);
    await expectAccessible(page);
});
