// A model that streams slowly: just enough of the chat completions of OpenAI, on a free loopback port.
import { createServer } from 'node:http';

export type Model = { base_url: string; stop: () => Promise<void> };

const word_ms = 200;
/** Whoever wants to see it stream has time to. */
const slow_words = 120;

const chunk = (delta: object, finish_reason: string | null, usage?: object) =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason }], usage })}\n\n`;

/** Prompts with the word SLOW are answered a word each 200 ms, others at once. */
export async function startModel(): Promise<Model> {
    const server = createServer((request, response) => {
        let body = '';
        request.on('data', (text) => {
            body += text;
        });
        request.on('end', () => {
            const is_slow = body.includes('SLOW');
            let said = 0;
            response.writeHead(200, { 'content-type': 'text/event-stream' });
            const timer = setInterval(
                () => {
                    if (said < (is_slow ? slow_words : 3)) {
                        response.write(chunk({ role: 'assistant', content: `word${++said} ` }, null));
                        return;
                    }
                    clearInterval(timer);
                    const usage = { prompt_tokens: 12, completion_tokens: said };
                    response.end(`${chunk({}, 'stop', usage)}data: [DONE]\n\n`);
                },
                is_slow ? word_ms : 1,
            );
            response.on('close', () => clearInterval(timer));
        });
    });
    await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    const port = address && typeof address === 'object' ? address.port : 0;
    return {
        base_url: `http://127.0.0.1:${port}/v1`,
        stop: () =>
            new Promise((resolve) => {
                server.close(() => resolve());
                server.closeAllConnections();
            }),
    };
}
