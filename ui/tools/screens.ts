// Pictures of every screen, in both themes, on a desktop and a phone, into build/screens.
//   npm run screens                              all of them
//   npm run screens -- builder inbox             those whose names begin so
//   npm run screens -- --size 360x800 runs       at another size
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from '@playwright/test';
import { owner, startServer } from '../tests/start.ts';
import { makeDemo } from './demo.ts';
import { startDemoModel } from './demo-model.ts';

type Demo = Awaited<ReturnType<typeof makeDemo>>;
type Screen = { name: string; path: string; is_signed_out?: boolean; prepare?: (page: Page) => Promise<unknown> };

/** Colours change by transitions, also where motion is reduced. */
const fade_ms = 250;

const out = fileURLToPath(new URL('../../build/screens/', import.meta.url));

function screensOf(project: string, { triage, ticket_table, runs, form, preview, digest }: Demo): Screen[] {
    const at = (path: string) => `/app/p/${project}/${path}`;
    const click = (name: string | RegExp) => (page: Page) => page.getByRole('button', { name }).first().click();
    const settings = ['general', 'models', 'budgets', 'limits', 'forms', 'notifications', 'retention', 'members'];
    const organization = ['members', 'keys', 'plan', 'budgets', 'credits', 'audit', 'trash', 'account'];
    return [
        { name: 'sign-in', path: '/app/sign-in', is_signed_out: true },
        { name: 'welcome', path: '/app/welcome', is_signed_out: true },
        { name: 'welcome-begin', path: '/app/welcome' },
        { name: 'coworkers', path: '/app/' },
        { name: 'coworkers-hire', path: '/app/', prepare: click('Hire a coworker') },
        { name: 'palette', path: '/app/', prepare: (page) => page.keyboard.press('Control+k') },
        { name: 'shortcuts', path: at('overview'), prepare: (page) => page.keyboard.press('?') },
        { name: 'overview', path: at('overview') },
        { name: 'flows', path: at('flows') },
        { name: 'builder', path: at(`flows/${triage}?agent=65a000000000000000000002`) },
        { name: 'builder-closed', path: at(`flows/${triage}`) },
        { name: 'builder-canvas', path: at(`flows/${triage}?view=canvas`) },
        { name: 'builder-decision', path: at(`flows/${triage}?agent=65a000000000000000000001`) },
        { name: 'builder-flow', path: at(`flows/${triage}?panel=flow`) },
        {
            name: 'builder-preview',
            path: at(`flows/${triage}?agent=65a000000000000000000003`),
            prepare: (page) => page.getByRole('region', { name: 'Preview', exact: true }).scrollIntoViewIfNeeded(),
        },
        {
            name: 'builder-try',
            path: at(`flows/${triage}?agent=65a000000000000000000003`),
            prepare: click('Try this agent alone'),
        },
        { name: 'builder-budgets', path: at(`flows/${triage}?panel=flow`), prepare: click('Change budgets') },
        { name: 'versions', path: at(`flows/${triage}?drawer=versions`) },
        { name: 'versions-diff', path: at(`flows/${triage}?drawer=versions&version=2`) },
        { name: 'run-dialog', path: at('flows'), prepare: click(/Run .*Answer a ticket/) },
        { name: 'runs', path: at('runs') },
        { name: 'run', path: at(`runs/${runs.done}`) },
        { name: 'run-step', path: at(`runs/${runs.done}?step=3`) },
        { name: 'run-live', path: at(`runs/${runs.live}`) },
        { name: 'run-failed', path: at(`runs/${runs.failed}`) },
        { name: 'run-stopped', path: at(`runs/${runs.stopped}`) },
        { name: 'run-waiting', path: at(`runs/${runs.waiting}`) },
        { name: 'run-details', path: at(`runs/${runs.done}?tab=details`) },
        { name: 'run-raw', path: at(`runs/${runs.done}?tab=raw`) },
        { name: 'run-tools', path: `/app/p/${digest.project}/runs/${digest.task}` },
        { name: 'inbox', path: at('inbox') },
        { name: 'inbox-item', path: at(`inbox/${preview}`) },
        { name: 'inbox-edit', path: at(`inbox/${preview}`), prepare: click('Edit') },
        { name: 'inbox-form', path: at(`inbox/${form}`) },
        { name: 'inbox-done', path: at('inbox?tab=done') },
        { name: 'history', path: at('history') },
        { name: 'tables', path: at('tables') },
        { name: 'table', path: at(`tables/${ticket_table}`) },
        { name: 'files', path: at('files') },
        { name: 'connectors', path: at('connectors') },
        { name: 'connectors-add', path: at('connectors'), prepare: click('Add connector') },
        { name: 'connectors-open', path: at('connectors'), prepare: click('Shop API') },
        ...settings.map((section) => ({ name: `settings-${section}`, path: at(`settings/${section}`) })),
        ...organization.map((section) => ({ name: `organization-${section}`, path: `/app/settings/${section}` })),
        // Its draft stays in the browser, and shows on the flow's other screens.
        {
            name: 'builder-form',
            path: at(`flows/${triage}?agent=65a000000000000000000003`),
            prepare: click('Add form: Before it begins'),
        },
    ];
}

/** Until nothing is a skeleton any more and nothing moves. */
async function untilCalm(page: Page) {
    await page.locator('main, form, h1').first().waitFor({ timeout: 5000 });
    await page.waitForFunction(
        () =>
            !document.querySelector('.mantine-Skeleton-root') &&
            document
                .getAnimations()
                .every(({ playState, effect }) => playState !== 'running' || effect?.getTiming().iterations !== 1),
        undefined,
        { timeout: 5000 },
    );
    await page.waitForTimeout(120);
}

async function contextOf(browser: Browser, base: string, size: { width: number; height: number }, signs_in: boolean) {
    const context = await browser.newContext({
        viewport: size,
        baseURL: base,
        locale: 'en-GB',
        reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    const { email, password } = owner;
    if (signs_in) await page.request.post('/auth/login', { data: { email, password } });
    return page;
}

async function shoot(page: Page, { name, path, prepare }: Screen, label: string) {
    try {
        await page.emulateMedia({ colorScheme: 'light' });
        await page.goto(path);
        await untilCalm(page);
        await prepare?.(page);
        if (prepare) await untilCalm(page);
        for (const colorScheme of ['light', 'dark'] as const) {
            await page.emulateMedia({ colorScheme });
            await page.waitForTimeout(fade_ms);
            await page.screenshot({ path: `${out}${name}-${label}-${colorScheme}.png` });
        }
    } catch (error) {
        console.error(`${name}, ${label}: ${String(error).split('\n')[0]}`);
        await page.screenshot({ path: `${out}${name}-${label}-failed.png` });
        process.exitCode = 1;
    }
}

const sizes: [label: string, width: number, height: number][] = [];
const wanted: string[] = [];
for (const args = process.argv.slice(2); args.length > 0; ) {
    const arg = args.shift() ?? '';
    if (arg !== '--size') wanted.push(arg);
    else {
        const size = args.shift() ?? '';
        const [width = 0, height = 0] = size.split('x').map(Number);
        sizes.push([size, width, height]);
    }
}
if (sizes.length === 0) sizes.push(['desktop', 1440, 900], ['phone', 390, 844]);

mkdirSync(out, { recursive: true });
const model = await startDemoModel();
const server = await startServer({
    args: ['--allow-private-network'],
    env: { OPENAI_BASE_URL: model.base_url, OPENAI_API_KEY: 'demo' },
});
const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
});
try {
    const screens = screensOf(server.project, await makeDemo(server)).filter(
        ({ name }) => wanted.length === 0 || wanted.some((word) => name.startsWith(word)),
    );
    for (const [label, width, height] of sizes) {
        const known = await contextOf(browser, server.base, { width, height }, true);
        const unknown = await contextOf(browser, server.base, { width, height }, false);
        for (const screen of screens) await shoot(screen.is_signed_out ? unknown : known, screen, label);
    }
} finally {
    await browser.close();
    await server.stop();
    model.stop();
}
