// Opens WEFT_URL/docs in Debian's chromium, at the width of a desktop and of a phone, and writes what it found as JSON.
// With SCREENSHOTS it leaves desktop.png and phone.png there.
import { chromium } from 'playwright-core';

const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
        '--disable-component-update', '--disable-sync'],
});
const found = { requests: [], complaints: [] };
for (const [name, width] of [['desktop', 1280], ['phone', 390]]) {
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    page.on('request', (request) => found.requests.push(request.url()));
    page.on('console', (message) => message.type() === 'error' && found.complaints.push(message.text()));
    page.on('pageerror', (error) => found.complaints.push(String(error)));
    await page.addInitScript(() => {
        document.addEventListener('securitypolicyviolation', (event) =>
            console.error('content security policy: ' + event.violatedDirective));
    });
    const answer = await page.goto(process.env.WEFT_URL + '/docs#agentflows.create');
    await page.waitForSelector('#agentflows\\.create .body');
    found[name] = await page.evaluate(() => ({
        title: document.title,
        operations: document.querySelectorAll('.operation').length,
        opened: document.querySelector('#agentflows\\.create .body').innerText,
        overflow: document.documentElement.scrollWidth - window.innerWidth,
    }));
    found[name].policy = answer.headers()['content-security-policy'];
    await page.fill('#find', 'task stop');
    found[name].found = await page.evaluate(() =>
        [...document.querySelectorAll('.operation:not([hidden])')].map((each) => each.id));
    await page.fill('#find', '');
    if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/${name}.png` });
    await page.close();
}
await browser.close();
console.log(JSON.stringify(found));
