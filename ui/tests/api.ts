import type { Server } from './start.ts';

/** What the server says to the owner's program. */
export async function get<T>({ base, api_key }: Server, path: string): Promise<T> {
    const answer = await fetch(base + path, { headers: { 'x-api-key': api_key } });
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
}
