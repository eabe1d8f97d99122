// The only way to the server: typed by the OpenAPI document, JSON in and out.
import type { components, paths } from './schema';

export type Schemas = components['schemas'];

/** What the server says went wrong. `detail` is a plain sentence for people. */
export class ApiError extends Error {
    readonly status: number;
    readonly detail: string;
    readonly code: string;
    readonly request_id: string;
    readonly errors: { field: string; message: string }[];

    constructor(status: number, body: Partial<Omit<ApiError, 'status'>>) {
        const detail = body.detail ?? `HTTP ${status}`;
        super(detail);
        this.status = status;
        this.detail = detail;
        this.code = body.code ?? '';
        this.request_id = body.request_id ?? '';
        this.errors = body.errors ?? [];
    }
}

/** The server cannot be reached: nothing is known about whether a change has happened. */
export class ConnectionLost extends Error {}

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
/** The paths that have this method. */
export type PathOf<M extends Method> = {
    [P in keyof paths]: paths[P] extends Record<M, { responses: unknown }> ? P : never;
}[keyof paths];
type Operation<M extends Method, P extends keyof paths> = paths[P] extends Record<M, infer O> ? O : never;
type Json<R> = R extends { content: { 'application/json': infer T } } ? T : undefined;
/** What a successful call answers. */
export type AnswerOf<M extends Method, P extends keyof paths> =
    Operation<M, P> extends { responses: infer R }
        ? { [S in keyof R]: S extends 200 | 201 | 202 | 204 ? Json<R[S]> : never }[keyof R]
        : never;
type BodyOf<O> = O extends { requestBody?: { content: { 'application/json': infer B } } } ? B : undefined;
type PathParams<O> = O extends { parameters: { path: infer T } } ? T : undefined;
type QueryParams<O> = O extends { parameters: { query?: infer T } } ? T : undefined;

type Params<O> = (PathParams<O> extends undefined ? { path?: undefined } : { path: PathParams<O> }) & {
    query?: QueryParams<O>;
    body?: BodyOf<O>;
    signal?: AbortSignal;
    headers?: Record<string, string>;
};

type Untyped = {
    path?: object;
    query?: object;
    body?: unknown;
    signal?: AbortSignal;
    headers?: Record<string, string>;
};

const retries_max = 3;
const retry_after_max_ms = 20_000;

let csrf_token = '';
let on_unauthenticated = () => {};
let on_connection: (alive: boolean) => void = () => {};

/** Every change brings this token; it comes with the session. */
export function setCsrfToken(token: string | null) {
    csrf_token = token ?? '';
}

/** For what fetch cannot do: uploads with progress. */
export const csrfToken = () => csrf_token;

/** Who wants to know that the session is over, and that the server can or cannot be reached. */
export function observe(unauthenticated: () => void, connection: (alive: boolean) => void) {
    on_unauthenticated = unauthenticated;
    on_connection = connection;
}

export function urlOf(template: string, path: object = {}, query: object = {}): string {
    const values = new Map(Object.entries(path));
    const filled = template.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String(values.get(name) ?? '')));
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
        if (value !== undefined && value !== null && value !== '') search.set(name, String(value));
    }
    return search.size ? `${filled}?${search}` : filled;
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
        const timer = setTimeout(resolve, ms);
        signal?.addEventListener('abort', () => {
            clearTimeout(timer);
            reject(signal.reason);
        });
    });
}

/** fetch with the session's token; tells the observers what it finds. ConnectionLost: no answer came. */
export async function send(method: Method, url: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (method !== 'get') headers.set('x-csrf-token', csrf_token);
    let answer: Response;
    try {
        answer = await fetch(url, { ...init, method: method.toUpperCase(), headers });
    } catch (error) {
        if (init.signal?.aborted) throw error;
        on_connection(false);
        throw new ConnectionLost();
    }
    // A proxy answers for a server that is away.
    if (answer.status === 502 && !answer.headers.has('x-request-id')) {
        on_connection(false);
        throw new ConnectionLost();
    }
    on_connection(true);
    return answer;
}

async function errorOf(answer: Response): Promise<ApiError> {
    const body: unknown = await answer.json().catch(() => ({}));
    return new ApiError(answer.status, body && typeof body === 'object' ? body : {});
}

/** Retried when it changes nothing and the server says "later". */
function retryDelay(method: Method, answer: Response, attempt: number): number | undefined {
    if (method !== 'get' || attempt >= retries_max || (answer.status !== 503 && answer.status !== 429)) return;
    const seconds = Number(answer.headers.get('retry-after'));
    return Math.min(seconds > 0 ? seconds * 1000 : 500 * 2 ** attempt, retry_after_max_ms);
}

async function call(method: Method, template: string, params: Untyped = {}): Promise<unknown> {
    const { path, query, body, signal } = params;
    const headers = { 'content-type': 'application/json', ...params.headers };
    const init = { headers, signal, body: body === undefined ? undefined : JSON.stringify(body) };
    for (let attempt = 0; ; ++attempt) {
        const answer = await send(method, urlOf(template, path, query), init);
        if (answer.ok) return answer.status === 204 ? undefined : answer.json();
        const delay = retryDelay(method, answer, attempt);
        if (delay !== undefined) {
            await pause(delay, signal);
            continue;
        }
        // A wrong password is a 401 as well, but no end of a session.
        if (answer.status === 401 && template !== '/auth/login') on_unauthenticated();
        throw await errorOf(answer);
    }
}

function verb<M extends Method>(method: M) {
    return <P extends PathOf<M>>(
        path: P,
        ...[params]: PathParams<Operation<M, P>> extends undefined
            ? [params?: Params<Operation<M, P>>]
            : [params: Params<Operation<M, P>>]
    ) => call(method, path, params as Untyped) as Promise<AnswerOf<M, P>>;
}

/** `api.get('/tasks/{P}', { path: { P: project }, query: { limit: 50 } })` */
export const api = {
    get: verb('get'),
    post: verb('post'),
    put: verb('put'),
    patch: verb('patch'),
    delete: verb('delete'),
};
