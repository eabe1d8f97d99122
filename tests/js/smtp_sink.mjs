// A mail server that keeps nothing: each mail is one line of JSON on the output. TLS=starttls, smtps (both with KEY and CERT) or none;
// USER and PASSWORD: who must sign in. An address tells what becomes of its mail: refused@ is refused for good, later@ at
// its first try.
import { SMTPServer } from 'smtp-server';

const env = process.env;
const tried = new Set();

function refusal(code, text) {
    return Object.assign(new Error(text), { responseCode: code });
}

const server = new SMTPServer({
    secure: env.TLS === 'smtps',
    key: env.KEY,
    cert: env.CERT,
    disabledCommands: [env.TLS === 'starttls' ? [] : ['STARTTLS'], env.MAIL_USER ? [] : ['AUTH']].flat(),
    authOptional: !env.MAIL_USER,
    hideSTARTTLS: env.TLS !== 'starttls',
    disableReverseLookup: true,
    onAuth(auth, session, done) {
        const good = auth.username === env.MAIL_USER && auth.password === env.MAIL_PASSWORD;
        if (good) return done(null, { user: auth.username });
        console.log('wrong password');
        return done(refusal(535, 'no'));
    },
    onRcptTo({ address }, session, done) {
        if (address.startsWith('refused@')) return done(refusal(550, 'nobody of that name'));
        if (address.startsWith('later@') && !tried.has(address)) {
            tried.add(address);
            console.log('later');
            return done(refusal(451, 'come again'));
        }
        return done();
    },
    async onData(stream, session, done) {
        const pieces = [];
        for await (const piece of stream) pieces.push(piece);
        console.log('mail ' + JSON.stringify({
            from: session.envelope.mailFrom.address,
            to: session.envelope.rcptTo.map((each) => each.address),
            user: session.user ?? '',
            is_secure: session.secure,
            raw: Buffer.concat(pieces).toString('latin1'),
        }));
        done();
    },
});
server.on('error', (error) => console.log('error ' + error.message));
server.listen(Number(env.PORT), '127.0.0.1', () => console.log('server running'));
