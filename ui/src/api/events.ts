// Server-sent events that go on where they were cut off. A plain EventSource cannot: after an answer that is not 200 it
// gives up, and a new one does not send Last-Event-ID.
import { ApiError, ConnectionLost, send } from './client';

export type ServerEvent = { id: string; event: string; data: string };

const backoff_first_ms = 500;
const backoff_max_ms = 15_000;

function parseEvent(block: string): ServerEvent {
    const found: ServerEvent = { id: '', event: 'message', data: '' };
    const data: string[] = [];
    for (const line of block.split('\n')) {
        const colon = line.indexOf(':');
        if (colon <= 0) continue; // a comment keeps the connection alive
        const value = line.slice(colon + 1).replace(/^ /, '');
        const field = line.slice(0, colon);
        if (field === 'data') data.push(value);
        else if (field === 'id') found.id = value;
        else if (field === 'event') found.event = value;
    }
    found.data = data.join('\n');
    return found;
}

/** Reads one connection to its end. Calls `on_event` for each event. */
async function readStream(answer: Response, on_event: (event: ServerEvent) => void) {
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    while (reader) {
        const { done, value } = await reader.read();
        if (done) return;
        const blocks = (rest + value).replaceAll('\r\n', '\n').split('\n\n');
        rest = blocks.pop() ?? '';
        for (const block of blocks) {
            const event = parseEvent(block);
            if (event.data || event.id) on_event(event);
        }
    }
}

/**
 * Follows `url` until `on_event` answers 'end', the server refuses it, or the returned function is called.
 * Events come complete and in order across reconnects.
 */
export function watchEvents(
    url: string,
    on_event: (event: ServerEvent) => 'end' | undefined,
    on_error: (error: ApiError) => void = () => {},
): () => void {
    const stop = new AbortController();
    let last_id = '';
    let failures = 0;

    const connect = async () => {
        const headers: Record<string, string> = { accept: 'text/event-stream' };
        if (last_id) headers['last-event-id'] = last_id;
        const answer = await send('get', url, { headers, signal: stop.signal });
        if (!answer.ok) throw new ApiError(answer.status, await answer.json().catch(() => ({})));
        await readStream(answer, (event) => {
            failures = 0;
            if (event.id) last_id = event.id;
            if (!stop.signal.aborted && on_event(event) === 'end') stop.abort();
        });
    };

    const follow = async () => {
        while (!stop.signal.aborted) {
            try {
                await connect();
            } catch (error) {
                if (stop.signal.aborted) return;
                const is_refused = error instanceof ApiError && error.status < 500 && error.status !== 429;
                if (is_refused) return on_error(error);
                if (!(error instanceof ApiError || error instanceof ConnectionLost || error instanceof TypeError))
                    throw error;
            }
            const delay = Math.min(backoff_first_ms * 2 ** failures++, backoff_max_ms);
            await new Promise((resolve) => setTimeout(resolve, delay * (0.75 + Math.random() / 2)));
        }
    };
    void follow();
    return () => stop.abort();
}
