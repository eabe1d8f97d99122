// A model server that offers HTTP/2 and HTTP/1.1: streams "Hello over HTTP/…" and ends, or, for the model "hang", is
// silent after its first piece. Writes what happens to each call on standard output.
import http2 from 'node:http2';
import { readFileSync } from 'node:fs';

const server = http2.createSecureServer({
    key: readFileSync(process.env.KEY_FILE),
    cert: readFileSync(process.env.CERTIFICATE_FILE),
    allowHTTP1: true,
});
const chunk = (delta, finish) =>
    `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish ?? null }] })}\n\n`;

server.on('request', async (request, response) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const body = JSON.parse(Buffer.concat(pieces).toString());
    response.on('close', () => console.log(`${body.model} ${response.writableEnded ? 'answered' : 'broken off'}`));
    response.on('error', () => {});
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(chunk({ content: 'Hello' }));
    console.log(`${body.model} began`);
    if (body.model === 'hang') return;
    response.end(chunk({ content: ` over HTTP/${request.httpVersion}` }) + chunk({}, 'stop') + 'data: [DONE]\n\n');
});
server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('server running'));
