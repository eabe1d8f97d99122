// Puts the interceptor `openai-api-mock` behind a port: each request is passed to the address that it intercepts, and
// its answer back as it comes. It streams text only; a request with tools is passed on as one that asks for no stream.
import http from 'node:http';
import { Readable } from 'node:stream';
import { mockOpenAIResponse } from 'openai-api-mock';

mockOpenAIResponse(true, { seed: 7 });

const server = http.createServer(async (request, response) => {
    if (request.method !== 'POST') {
        response.writeHead(404).end();
        return;
    }
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const body = JSON.parse(Buffer.concat(pieces).toString());
    if (body.tools) delete body.stream;
    const answer = await fetch('https://api.openai.com' + request.url, {
        method: request.method,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
    });
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    Readable.fromWeb(answer.body).pipe(response);
});
server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('server running'));
