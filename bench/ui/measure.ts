// Measures the web app in Chromium against the real server. Prints "name<TAB>value", one a line.
//   WEFT_BINARY=… node bench/ui/measure.ts [first-load | usable | canvas | stop | steps]…
// Lighthouse is not among the packages of the app: LIGHTHOUSE=path/to/lighthouse/cli/index.js adds its scores.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '../../ui/node_modules/@playwright/test/index.js';
import { makeFlow, startRun, untilStatus } from '../../ui/tests/flows.ts';
import { startModel } from '../../ui/tests/model.ts';
import { owner, type Server, startServer } from '../../ui/tests/start.ts';

const { chromium } = createRequire(new URL('../../ui/package.json', import.meta.url))('@playwright/test');
const chromium_path = process.env.CHROMIUM ?? '/usr/bin/chromium';
const wanted = process.argv.slice(2);
const is_wanted = (name: string) => wanted.length === 0 || wanted.includes(name);

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const print = (name: string, value: number) => console.log(`ui.${name}\t${Math.round(value * 10) / 10}`);
async function times(count: number, measure: () => Promise<number>) {
    const values: number[] = [];
    while (values.length < count) values.push(await measure());
    return median(values);
}

const browser = await chromium.launch({ executablePath: chromium_path, args: ['--no-sandbox'] });

/** A browser that has nothing in its cache, as the owner's. */
async function visit(server: Server): Promise<Page> {
    const context = await browser.newContext({ baseURL: server.base, viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    const { email, password } = owner;
    await page.request.post('/auth/login', { data: { email, password } });
    return page;
}

/** From the navigation's start until the heading of the list is drawn; and what came over the wire until then. */
async function measureFirst(server: Server) {
    const page = await visit(server);
    const wire = await page.context().newCDPSession(page);
    let bytes = 0;
    await wire.send('Network.enable');
    wire.on('Network.loadingFinished', ({ encodedDataLength }: { encodedDataLength: number }) => {
        bytes += encodedDataLength;
    });
    await page.addInitScript(() => {
        const look = () => {
            const heading = document.querySelector('h1');
            const is_there = heading?.textContent === 'Coworkers' && document.querySelector('main a[href*="/overview"]');
            if (is_there) requestAnimationFrame(() => Object.assign(window, { usable_at: performance.now() }));
            else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
    });
    await page.goto('/app/');
    const ms = await page.waitForFunction(() => (window as unknown as { usable_at?: number }).usable_at);
    const result = { ms: (await ms.jsonValue()) as number, kb: bytes / 1024 };
    await page.context().close();
    return result;
}

const agentId = (index: number) => `65a00000${index.toString(16).padStart(16, '0')}`;

/** As many as no server saves: a draft of the browser has them. */
const thousand = Array.from({ length: 1000 }, (_, index) => {
    const is_decision = index % 10 === 4;
    const goTo = (letter: string, by: number) => ({
        condition: `{{ goal contains "${letter}" }}`,
        decision: agentId(Math.min(index + by, 999)),
    });
    return {
        _id: agentId(index),
        title: `Agent ${index}`,
        role: `Role ${index}`,
        agent_type: is_decision ? 'decision_agent' : 'skilled_agent',
        llm: { model: 'weft/rehearsal', temperature: 0, max_tokens: 4096 },
        prompt: { template: `Do {{ goal }} with {{ inputs.x${index % 7} }}`, variables: [] },
        skills: [],
        context: [],
        memory: { memory_type: 'short_term' },
        is_preview_mode_enabled: false,
        conditions: is_decision ? [goTo('a', 3), goTo('b', 2)] : [],
        next_agent: index < 999 ? agentId(index + 1) : null,
    };
});

/** Clicks a link and waits until `drawn` is there and a frame has shown it. */
const clickUntil = (page: Page, link: string, drawn: string) =>
    page.evaluate(
        async ([link, drawn]) => {
            const frame = () => new Promise(requestAnimationFrame);
            const began = performance.now();
            document.querySelector<HTMLElement>(link ?? '')?.click();
            while (!document.querySelector(drawn ?? '')) await frame();
            await frame();
            return performance.now() - began;
        },
        [link, drawn] as const,
    );

async function measureCanvas(server: Server, page: Page, flow: string) {
    await page.goto(`/app/p/${server.project}/flows`);
    await page.locator(`a[href*="${flow}"]`).waitFor();
    await page.evaluate(
        ([flow, agents]) => {
            const doc = { name: 'Thousand', description: '', role: '', default_goal: '', isActive: true, parent_agentflow_id: null, failover_goal: null, execution_timeout_s: null, anomaly_detection: {}, initialAgent: agents[0]?._id, agents };
            const draft = { doc, base: { ...doc, agents: [] }, base_version: 1, changed_at: Date.now() / 1000 };
            localStorage.setItem(`weft-flow-draft-${flow}`, JSON.stringify(draft));
        },
        [flow, thousand] as const,
    );
    await page.waitForTimeout(500);
    const open_ms = await clickUntil(page, `a[href*="${flow}"]`, '.react-flow__node');
    await page.waitForTimeout(500);
    const box = await page.locator('.react-flow__pane').boundingBox();
    const [x, y] = [(box?.x ?? 0) + 30, (box?.y ?? 0) + 500];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.evaluate(() => {
        const frames: number[] = [];
        Object.assign(window, { frames });
        const tick = (at: number) => {
            frames.push(at);
            requestAnimationFrame(tick);
        };
        requestAnimationFrame(tick);
    });
    for (let step = 1; step <= 120; step++) await page.mouse.move(x + (step % 2), y - step * 3);
    const frames = await page.evaluate(() => (window as unknown as { frames: number[] }).frames);
    await page.mouse.up();
    const fps = ((frames.length - 1) * 1000) / ((frames.at(-1) ?? 0) - (frames[0] ?? 0));
    return { open_ms, fps };
}

/** From the click on Stop to each word. */
async function measureStop(server: Server, page: Page, flow: string) {
    const task = await startRun(server, flow, 'the tides');
    await page.goto(`/app/p/${server.project}/runs/${task}`);
    await page.locator('[data-live]').getByText('word3').waitFor();
    await page.evaluate(() => {
        const seen: Record<string, number> = {};
        Object.assign(window, { seen });
        document.addEventListener('click', () => Object.assign(seen, { clicked: performance.now() }), true);
        new MutationObserver(() => {
            for (const badge of document.querySelectorAll('[data-status]'))
                seen[badge.getAttribute('data-status') ?? ''] ??= performance.now();
        }).observe(document.body, { subtree: true, childList: true, attributes: true });
    });
    const bar = page.getByRole('region', { name: 'Status and controls' });
    await bar.getByRole('button', { name: 'Stop' }).click();
    await bar.locator('[data-status="cancelled"]').waitFor();
    const seen = await page.evaluate(() => (window as unknown as { seen: Record<string, number> }).seen);
    const after = (status: string) => (seen[status] ?? Number.NaN) - (seen.clicked ?? Number.NaN);
    return { stopping: after('stop'), stopped: after('cancelled') };
}

/** A task of five executions, each of which goes round until the server ends it, at 1,000 steps. */
async function runLong(server: Server) {
    const [turn, again] = [agentId(1), agentId(2)];
    const flow = await makeFlow(server, 'Long haul', []);
    const agents = [
        { _id: turn, title: 'Take the next', prompt: { template: 'Take {{ goal }}' }, next_agent: again },
        {
            _id: again,
            title: 'File it',
            agent_type: 'decision_agent',
            conditions: [{ condition: "{{ goal == 'all' }}", decision: turn }],
            next_agent: null,
        },
    ];
    await fetch(`${server.base}/agentflow/${flow}`, {
        method: 'PUT',
        headers: { 'x-api-key': server.api_key, 'content-type': 'application/json' },
        body: JSON.stringify({ agents, initialAgent: turn }),
    });
    const task = await startRun(server, flow, 'all');
    const answer = await fetch(`${server.base}/task/${task}`, { headers: { 'x-api-key': server.api_key } });
    const { execution_ids } = (await answer.json()) as { execution_ids: string[] };
    const parent = { parent_execution_id: execution_ids[0] };
    for (let child = 1; child < 5; child++) await startRun(server, flow, 'all', parent);
    await untilStatus(server, task, 'failed');
    return task;
}

/** Scores of a page, with the owner's session where there is one. */
function lighthouse(url: string, name: string, cookie: string | undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'weft-lighthouse-'));
    const report = join(folder, 'report.json');
    const args = [process.env.LIGHTHOUSE ?? '', url, '--quiet', '--preset=desktop', '--output=json', `--output-path=${report}`];
    args.push('--only-categories=performance,accessibility', '--chrome-flags=--headless=new --no-sandbox');
    if (cookie) args.push(`--extra-headers=${JSON.stringify({ cookie })}`);
    const { status, stderr } = spawnSync(process.execPath, args, {
        env: { ...process.env, CHROME_PATH: chromium_path },
        encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`lighthouse: ${stderr}`);
    const { categories } = JSON.parse(readFileSync(report, 'utf8'));
    for (const each of ['performance', 'accessibility']) print(`lighthouse.${name}.${each}`, categories[each].score * 100);
    rmSync(folder, { recursive: true });
}

const model = await startModel();
const server = await startServer({
    args: ['--allow-private-network'],
    env: { OPENAI_BASE_URL: model.base_url, OPENAI_API_KEY: 'bench' },
});
try {
    if (is_wanted('usable') || is_wanted('first-load')) {
        const visits = [];
        while (visits.length < 5) visits.push(await measureFirst(server));
        print('first_load.kb', median(visits.map(({ kb }) => kb)));
        print('usable.ms', median(visits.map(({ ms }) => ms)));
    }
    const page = await visit(server);
    if (is_wanted('canvas')) {
        const flow = await makeFlow(server, 'Thousand', []);
        const opened = [];
        while (opened.length < 3) opened.push(await measureCanvas(server, page, flow));
        print('canvas_1000.open_ms', median(opened.map(({ open_ms }) => open_ms)));
        print('canvas_1000.pan_fps', median(opened.map(({ fps }) => fps)));
    }
    if (is_wanted('stop')) {
        const prompt = 'SLOW: write about {{ goal }}';
        const flow = await makeFlow(server, 'Slow', [{ title: 'Write', prompt, model: 'openai/slow' }]);
        const stops = [];
        while (stops.length < 5) stops.push(await measureStop(server, page, flow));
        print('stop.stopping_ms', median(stops.map(({ stopping }) => stopping)));
        print('stop.stopped_ms', median(stops.map(({ stopped }) => stopped)));
    }
    if (is_wanted('steps')) {
        const task = await runLong(server);
        const ms = await times(5, async () => {
            await page.goto(`/app/p/${server.project}/runs`);
            await page.locator(`[data-task="${task}"]`).waitFor();
            await page.waitForTimeout(300);
            return clickUntil(page, `[data-task="${task}"]`, 'ol li button[aria-expanded]');
        });
        print('steps_5000.open_ms', ms);
    }
    if (process.env.LIGHTHOUSE) {
        const cookies = await page.context().cookies();
        const cookie = cookies.map(({ name, value }: { name: string; value: string }) => `${name}=${value}`).join('; ');
        const prompt = 'Write about {{ goal }}';
        const flow = await makeFlow(server, 'Three', ['Plan', 'Write', 'Check'].map((title) => ({ title, prompt })));
        await browser.close();
        lighthouse(`${server.base}/app/sign-in`, 'sign_in', undefined);
        lighthouse(`${server.base}/app/`, 'coworkers', cookie);
        lighthouse(`${server.base}/app/p/${server.project}/flows/${flow}`, 'builder', cookie);
    }
} finally {
    await browser.close(); // again, where it is closed already
    await server.stop();
    await model.stop();
}
