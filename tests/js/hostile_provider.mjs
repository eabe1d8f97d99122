// A provider that does one thing wrong: POST /fault?NAME says which in the next sign-in. It lets everybody in as `sub-1`.
import crypto from 'node:crypto';
import http from 'node:http';

const issuer = `http://127.0.0.1:${process.env.PORT}`;
const rsa = (bits) => crypto.generateKeyPairSync('rsa', { modulusLength: bits });
const keys = {
    first: rsa(2048),
    second: rsa(2048),
    stranger: rsa(2048),
    short: rsa(1024),
    curve: crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }),
};
let fault = 'no_fault';
let published = ['first', 'curve', 'short'];
let asked = {}; // the last authorization request
let keysRead = 0;
let tokensAsked = 0;

const b64 = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const jwk = (name) => ({ ...keys[name].publicKey.export({ format: 'jwk' }), kid: name, use: 'sig' });

function signature(alg, key, input) {
    if (alg === 'none') return '';
    if (alg === 'HS256') // with what everybody knows
        return crypto.createHmac('sha256', key.publicKey.export({ type: 'spki', format: 'pem' })).update(input)
            .digest('base64url');
    return crypto.sign('sha256', Buffer.from(input), { key: key.privateKey, dsaEncoding: 'ieee-p1363' })
        .toString('base64url');
}

function idToken() {
    const now = Math.floor(Date.now() / 1000);
    const header = { alg: 'RS256', kid: 'first' };
    const claims = {
        iss: issuer, sub: 'sub-1', aud: 'weft', exp: now + 300, iat: now, nonce: asked.nonce,
        email: 'mallory@example.org', email_verified: true, name: 'Mallory',
    };
    const change = {
        other_nonce: () => { claims.nonce = 'another'; },
        no_nonce: () => { delete claims.nonce; },
        other_audience: () => { claims.aud = 'another'; },
        several_audiences: () => { claims.aud = ['weft', 'another']; },
        asked_by_another: () => { claims.aud = ['weft', 'another']; claims.azp = 'another'; },
        other_issuer: () => { claims.iss = 'http://127.0.0.1:1'; },
        expired: () => { claims.exp = now - 3600; },
        no_expiry: () => { delete claims.exp; },
        from_the_future: () => { claims.iat = now + 3600; },
        not_yet: () => { claims.nbf = now + 3600; },
        no_subject: () => { claims.sub = ''; },
        alg_none: () => { header.alg = 'none'; },
        alg_hs256: () => { header.alg = 'HS256'; },
        critical: () => { header.crit = ['exp']; },
        unknown_key: () => { header.kid = 'stranger'; },
        borrowed_name: () => { header.kid = 'first'; },
        short_key: () => { header.kid = 'short'; },
        curve: () => { header.alg = 'ES256'; header.kid = 'curve'; },
        rotated: () => { published = ['second']; header.kid = 'second'; },
        two_audiences: () => { claims.aud = ['weft', 'another']; claims.azp = 'weft'; },
    };
    change[fault]?.();
    const key = keys[fault === 'borrowed_name' ? 'stranger' : header.kid];
    const input = `${b64(header)}.${b64(claims)}`;
    let signed = signature(header.alg, key, input);
    if (fault === 'changed') return `${b64(header)}.${b64({ ...claims, sub: 'sub-2' })}.${signed}`;
    if (fault === 'no_token') return undefined;
    return `${input}.${signed}`;
}

function come_back(query) {
    asked = Object.fromEntries(query);
    const to = new URL(asked.redirect_uri);
    to.searchParams.set('state', asked.state);
    if (fault === 'mix_up') to.searchParams.set('iss', 'http://127.0.0.1:1');
    if (fault === 'denied') to.searchParams.set('error', 'access_denied');
    else to.searchParams.set('code', 'a code');
    return to.href;
}

const answers = {
    '/.well-known/openid-configuration': () => ({
        issuer: fault === 'poses' ? 'https://accounts.example.org' : issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/keys`,
    }),
    '/keys': () => { ++keysRead; return { keys: published.map(jwk) }; },
    '/counts': () => ({ keys_read: keysRead, tokens_asked: tokensAsked }),
};

async function token(request, response) {
    ++tokensAsked;
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const form = new URLSearchParams(Buffer.concat(pieces).toString());
    const challenge = crypto.createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url');
    const good = challenge === asked.code_challenge && asked.code_challenge_method === 'S256';
    response.writeHead(good ? 200 : 400, { 'content-type': 'application/json' });
    response.end(JSON.stringify(good ? { token_type: 'Bearer', id_token: idToken() } : { error: 'invalid_grant' }));
}

const server = http.createServer((request, response) => {
    const url = new URL(request.url, issuer);
    if (url.pathname === '/fault') {
        fault = url.search.slice(1);
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    } else if (url.pathname === '/authorize') {
        response.writeHead(302, { location: come_back(url.searchParams) }).end();
    } else if (url.pathname === '/token') {
        token(request, response);
    } else if (answers[url.pathname]) {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answers[url.pathname]()));
    } else {
        response.writeHead(404).end();
    }
});
server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('server running'));
