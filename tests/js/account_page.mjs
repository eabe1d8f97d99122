// What a person does at WEFT_URL/account, in Debian's chromium; writes what he saw as JSON. RESET and INVITATION: links as
// mails have them; the account ada@example.org has the password PASSWORD.
import { chromium } from 'playwright-core';

const env = process.env;
const browser = await chromium.launch({
    executablePath: env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
        '--disable-component-update', '--disable-sync'],
});
const found = { complaints: [] };
const account = env.WEFT_URL + '/account';

async function person() {
    const page = await (await browser.newContext({ viewport: { width: 390, height: 800 } })).newPage();
    page.on('pageerror', (error) => found.complaints.push(String(error)));
    await page.addInitScript(() => {
        document.addEventListener('securitypolicyviolation', (event) =>
            console.error('content security policy: ' + event.violatedDirective));
    });
    page.on('console', (message) => message.text().includes('content security') && found.complaints.push(message.text()));
    return page;
}
const said = async (page) => {
    await page.waitForFunction(() => document.getElementById('said').textContent);
    return page.innerText('#said');
};
const who = (page) => page.waitForSelector('#me:not([hidden])').then(() => page.innerText('#who'));
async function fill(page, form, values) {
    await page.waitForSelector(`#${form}:not([hidden])`);
    for (const [name, value] of Object.entries(values)) await page.fill(`#${form} [name=${name}]`, value);
    await page.click(`#${form} button`);
}

const ada = await person();
await ada.goto(account);
await fill(ada, 'sign-in', { email: 'ada@example.org', password: 'a wrong guess' });
found.wrong = await said(ada);
await fill(ada, 'sign-in', { email: 'ada@example.org', password: env.PASSWORD });
found.signed_in = await who(ada);
if (env.SCREENSHOTS) await ada.screenshot({ path: `${env.SCREENSHOTS}/signed_in.png` });
await ada.click('#sign-out');
await ada.waitForSelector('#sign-in:not([hidden])');
if (env.SCREENSHOTS) await ada.screenshot({ path: `${env.SCREENSHOTS}/sign_in.png` });

await ada.goto(env.RESET);
await fill(ada, 'reset', { new_password: 'another password' });
found.reset = await said(ada);
found.address = ada.url();
await fill(ada, 'sign-in', { email: 'ada@example.org', password: 'another password' });
found.with_new = await who(ada);

const guest = await person();
await guest.goto(env.INVITATION);
await fill(guest, 'join', { email: 'uma@example.org', name: 'Uma', password: 'a password of hers' });
found.joined = await who(guest);

// By way of another site, whose answer brings no cookie that is Strict.
const visitor = await person();
await visitor.goto(account);
await visitor.click('#provider');
found.by_provider = await who(visitor);
await visitor.click('#sign-out');
await visitor.goto(account + '#problem=link_first');
found.problem = await said(visitor);

await browser.close();
console.log(JSON.stringify(found));
