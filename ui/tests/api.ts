import { post, type Server } from './start.ts';

/** What the server says to the owner's program. */
export async function get<T>({ base, api_key }: Server, path: string): Promise<T> {
    const answer = await fetch(base + path, { headers: { 'x-api-key': api_key } });
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
}

/** A coworker of the test's own, as what others do in theirs would be in its way. Answers its id. */
export async function makeCoworker(server: Server, projectName: string) {
    const { orgId } = await get<{ orgId: string }>(server, '/auth/me');
    const draft = { orgId, projectName };
    return (await post<{ _id: string }>(server.base, server.api_key, '/v1/project', draft))._id;
}

type Person = { email: string; name: string; password: string };

/** Somebody else, in this coworker. Answers how he signs in. */
export async function makeMember(
    server: Server,
    name: string,
    role: 'viewer' | 'operator' | 'editor',
): Promise<Person> {
    const email = `${name.toLowerCase().replaceAll(' ', '.')}@example.org`;
    const person = { email, name, password: 'green lamp under the stairs' };
    await post(server.base, server.api_key, '/organization/users', { ...person, role: 'member' });
    await post(server.base, server.api_key, `/project-member/${server.project}`, { email, role });
    return person;
}
