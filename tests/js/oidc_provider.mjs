// npm's oidc-provider with one client. Nobody types anything: whoever POST /account?ACCOUNT named last is signed in. Ada's
// address is verified, Eve's is not. SITE: its host, which makes it another site for browsers.
import http from 'node:http';
import { Provider } from 'oidc-provider';

const env = process.env;
const issuer = `http://${env.SITE ?? '127.0.0.1'}:${env.PORT}`;
let current = 'ada';

const people = {
    ada: { email: 'Ada@Example.org', email_verified: true, name: 'Ada Lovelace' },
    bob: { email: 'bob@example.com', email_verified: true, name: 'Bob' },
    eve: { email: 'ada@example.org', email_verified: false, name: 'Eve' },
};

const provider = new Provider(issuer, {
    clients: [{
        client_id: 'weft',
        client_secret: env.SECRET,
        redirect_uris: [env.CALLBACK],
        token_endpoint_auth_method: env.METHOD ?? 'client_secret_basic',
    }],
    clientAuthMethods: [env.METHOD ?? 'client_secret_basic'],
    claims: { email: ['email', 'email_verified'], profile: ['name'] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    cookies: { keys: ['for tests'] },
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
});
const answer = provider.callback();

async function interact(request, response) {
    const { params, session, prompt } = await provider.interactionDetails(request, response);
    if (prompt.name === 'login')
        return provider.interactionFinished(request, response, { login: { accountId: current } });
    const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
    grant.addOIDCScope('openid email profile');
    return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}

const server = http.createServer((request, response) => {
    if (request.url.startsWith('/account?')) {
        current = request.url.split('?')[1];
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    } else if (request.url.startsWith('/interaction/')) {
        interact(request, response).catch((error) => response.writeHead(500).end(String(error)));
    } else {
        answer(request, response);
    }
});
server.listen(Number(env.PORT), '127.0.0.1', () => console.log('server running'));
