// The account page: signing in and out, and where links in mails lead. What is behind the # says what to show, and is
// taken out of the address at once: a token must not stay in the history.
'use strict';

const problems = {
    expired: 'That took too long, or was begun in another browser: try again.',
    refused: 'The provider has not let you in.',
    unverified: 'The provider has not verified your address, so it says nothing here.',
    no_account: 'There is no account for you here: ask an admin of your organization for an invitation.',
    link_first: 'There is an account with your address and a password. Sign in with that, then connect the provider.',
    taken: 'That account is connected with somebody else already.',
    no_organization: 'You are in no organization: ask for an invitation.',
    too_many: 'Too many tries from your address: wait a quarter of an hour.',
    provider: 'The provider cannot be used at the moment: try again later, or sign in with your password.',
};

const at = (id) => document.getElementById(id);
let csrf = '';

function say(text, bad) {
    at('said').textContent = text;
    at('said').className = bad ? 'bad' : '';
}

function show(id) {
    for (const each of ['sign-in', 'forgot', 'reset', 'join', 'me']) at(each).hidden = each !== id;
}

// The answer of a call, or nothing: then what is wrong was said.
async function call(method, path, body) {
    const headers = { 'content-type': 'application/json', 'x-csrf-token': csrf };
    const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
    const value = await answer.json();
    if (answer.ok) return value;
    const fields = (value.errors ?? []).map((each) => `${each.field}: ${each.message}`);
    say([value.detail, ...fields].join(' '), true);
    return undefined;
}

async function showMe() {
    const answer = await fetch('/auth/me');
    if (!answer.ok) return false;
    const me = await answer.json();
    if (!me.user) return false;
    csrf = me.csrf_token;
    at('who').textContent = `Signed in as ${me.user.name} (${me.user.email}).`;
    show('me');
    return true;
}

// What a form sends and what follows.
function onSubmit(id, path, more, then) {
    at(id).addEventListener('submit', async (event) => {
        event.preventDefault();
        const done = await call('POST', path, { ...Object.fromEntries(new FormData(event.target)), ...more() });
        if (!done) return;
        event.target.reset();
        await then();
    });
}

async function begin() {
    const [what, value] = location.hash.slice(1).split('=');
    if (location.hash) history.replaceState(null, '', location.pathname);
    const methods = await (await fetch('/auth/methods')).json();
    for (const [id, text] of [['provider', 'Sign in with '], ['link', 'Also sign in with ']]) {
        at(id).hidden = !methods.provider;
        at(id).textContent = text + methods.provider;
    }
    at('to-forgot').hidden = !methods.forgot_password;

    const token = () => ({ token: value });
    onSubmit('sign-in', '/auth/login', () => ({}), async () => { say(''); await showMe(); });
    onSubmit('forgot', '/auth/password/forgot', () => ({}), async () => {
        say('If there is an account with this address, a mail is on its way.');
        show('sign-in');
    });
    onSubmit('reset', '/auth/password/reset', token, async () => {
        say('The password is set. Sign in with it.');
        show('sign-in');
    });
    onSubmit('join', '/auth/signup', () => ({ invitation: value }), async () => { say(''); await showMe(); });
    at('to-forgot').addEventListener('click', (event) => {
        event.preventDefault();
        say('');
        show('forgot');
    });
    at('sign-out').addEventListener('click', async () => {
        if (!await call('POST', '/auth/logout')) return;
        csrf = '';
        show('sign-in');
    });

    if (what === 'forgot') return show('forgot');
    if (what === 'reset') return show('reset');
    if (what === 'invitation') return show('join');
    if (what === 'problem') say(problems[value] ?? problems.refused, true);
    if (!await showMe()) show('sign-in');
}

// A link that is opened while the page is there already.
addEventListener('hashchange', () => location.reload());
begin();
