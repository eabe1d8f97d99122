// Starts the real server with an empty data directory, makes an owner, and stops it by its pid.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Server = {
    /** Of the app and the API. */
    base: string;
    api_key: string;
    project: string;
    stop: () => Promise<void>;
};

export const owner = { email: 'ada@example.org', name: 'Ada Lovelace', password: 'correct horse battery' };

const start_ms_max = 20_000;

async function freePort(): Promise<number> {
    return new Promise((resolve, reject) => {
        const socket = createServer();
        socket.once('error', reject);
        socket.listen(0, '127.0.0.1', () => {
            const address = socket.address();
            socket.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject()));
        });
    });
}

async function untilAnswers(url: string) {
    const give_up_at = Date.now() + start_ms_max;
    while (Date.now() < give_up_at) {
        const answer = await fetch(url).catch(() => undefined);
        if (answer?.ok) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${url} does not answer`);
}

async function end(child: ChildProcess) {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await exited;
}

/** What a test's server has beyond the others'. */
type ServerOptions = { args?: string[]; env?: Record<string, string> };

export async function startServer({ args = [], env = {} }: ServerOptions = {}): Promise<Server> {
    const binary = process.env.WEFT_BINARY;
    if (!binary) throw new Error('WEFT_BINARY: the path of the weft binary');
    const data = mkdtempSync(join(tmpdir(), 'weft-ui-'));
    const port = await freePort();
    const base = `http://127.0.0.1:${port}`;
    // A run that is killed takes its server along.
    const serve = [binary, 'serve', '--data', data, '--listen', `127.0.0.1:${port}`, ...args];
    const weft = spawn('setpriv', ['--pdeathsig', 'TERM', ...serve], { env: { ...process.env, ...env } });
    let said = '';
    weft.stdout.on('data', (text) => {
        said += text;
    });
    await untilAnswers(`${base}/health`);
    const shown = (name: string) => said.match(new RegExp(`${name}\\s+(\\S+)`))?.[1] ?? '';
    const api_key = shown('API key');
    await post(base, api_key, '/organization/users', { ...owner, role: 'admin' });
    return {
        base,
        api_key,
        project: shown('project'),
        stop: async () => {
            await end(weft);
            rmSync(data, { recursive: true });
        },
    };
}

/** A call as the owner's program, to make what a test needs. */
export async function post<T>(base: string, api_key: string, path: string, body: unknown): Promise<T> {
    const headers = { 'x-api-key': api_key, 'content-type': 'application/json' };
    const answer = await fetch(base + path, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
}
