// A person who is signed in at WEFT_URL (EMAIL, PASSWORD) in Debian's chromium, a page of another site that wants to make use
// of that, and scripts that got into our own page. Writes what they could do as JSON. FILE is the id of an uploaded page.
import { chromium } from 'playwright-core';
import { createServer } from 'node:http';

const weft = process.env.WEFT_URL;
const { EMAIL: email, PASSWORD: password, FILE: file } = process.env;

const evil = createServer((request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>evil</title><body></body>');
});
await new Promise((resolve) => evil.listen(0, '127.0.0.1', resolve));
const evilUrl = `http://localhost:${evil.address().port}/`; // another site than 127.0.0.1

const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
        '--disable-component-update', '--disable-sync'],
});
const context = await browser.newContext();
const found = {};

// Our own page: what a script that got into it could do.
const own = await context.newPage();
await own.goto(weft + '/docs');
found.signed_in = await own.evaluate(
    async ([email, password]) => {
        const answer = await fetch('/auth/login', {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ email, password }),
        });
        return answer.status;
    },
    [email, password],
);
const whoAmI = () =>
    own.evaluate(async () => {
        const answer = await fetch('/auth/me');
        return answer.ok ? (await answer.json()).user.email : answer.status;
    });
found.me = await whoAmI();
found.injected = await own.evaluate(async () => {
    const script = document.createElement('script');
    script.textContent = 'window.hacked = "by an inline script"';
    document.head.append(script);
    const place = document.createElement('div');
    place.innerHTML = '<img src="/nowhere" onerror="window.hacked = \'by an attribute\'"><a href="javascript:window.hacked=1">x</a>';
    document.body.append(place);
    place.querySelector('a').click();
    const foreign = document.createElement('script');
    foreign.src = 'data:text/javascript,window.hacked="by a data address"';
    document.head.append(foreign);
    await new Promise((resolve) => setTimeout(resolve, 300));
    return window.hacked ?? 'nothing ran';
});
found.cookie_in_scripts = await own.evaluate(() => document.cookie);

// The page of another site.
const page = await context.newPage();
await page.goto(evilUrl);
found.read = await page.evaluate(
    (url) => fetch(url, { credentials: 'include' }).then((answer) => answer.text(), (error) => error.name),
    weft + '/auth/me',
);
await page.evaluate(
    (url) => fetch(url, { method: 'POST', mode: 'no-cors', credentials: 'include' }).catch(() => {}),
    weft + '/auth/logout',
);
found.me_after_logout = await whoAmI();
await page.evaluate(
    ([url, body]) =>
        fetch(url, { method: 'POST', mode: 'no-cors', credentials: 'include', body: new Blob([body]) }).catch(() => {}),
    [weft + '/auth/login', JSON.stringify({ email: 'evil@example.org', password })],
);
found.me_after_login = await whoAmI();
found.script = await page.evaluate(
    (url) =>
        new Promise((resolve) => {
            const script = document.createElement('script');
            script.src = url;
            script.onload = () => resolve('loaded');
            script.onerror = () => resolve('refused');
            document.head.append(script);
        }),
    weft + '/docs/page.js',
);
await page.evaluate(
    (url) =>
        new Promise((resolve) => {
            const frame = document.createElement('iframe');
            frame.src = url;
            frame.onload = resolve;
            document.body.append(frame);
        }),
    weft + '/docs',
);
found.framed = page.frames().filter((frame) => frame.url().startsWith(weft)).length;
const [popup] = await Promise.all([
    context.waitForEvent('page'),
    page.evaluate((url) => void (window.opened = window.open(url)), weft + '/docs'),
]);
await popup.waitForLoadState();
found.opener = await popup.evaluate(() => (window.opener === null ? 'null' : 'there'));
const form = await context.newPage();
await form.goto(evilUrl);
const [sent] = await Promise.all([
    form.waitForResponse((answer) => answer.url().startsWith(weft)),
    form.evaluate((url) => {
        const made = document.createElement('form');
        made.method = 'POST';
        made.action = url;
        document.body.append(made);
        made.submit();
    }, weft + '/auth/logout'),
]);
found.form = sent.status();
found.me_after_form = await whoAmI();

// An uploaded page, opened by the person who is signed in.
const [download] = await Promise.all([
    own.waitForEvent('download'),
    own.goto(`${weft}/file/${file}/content`).catch(() => {}),
]);
found.uploaded = download.suggestedFilename();
await download.delete();

await browser.close();
evil.closeAllConnections();
evil.close();
console.log(JSON.stringify(found));
