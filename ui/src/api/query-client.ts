import { MutationCache, onlineManager, QueryClient } from '@tanstack/react-query';
import { ApiError, ConnectionLost, observe } from './client';

const ping_ms = 2000;
let pinging: ReturnType<typeof setInterval> | undefined;

/** Whether the server answers is what counts, not what the browser thinks of the network. */
function setAlive(alive: boolean) {
    onlineManager.setOnline(alive);
    if (alive) {
        clearInterval(pinging);
        pinging = undefined;
    } else pinging ??= setInterval(ping, ping_ms);
}

async function ping() {
    const answer = await fetch('/health').catch(() => undefined);
    if (answer?.ok) setAlive(true);
}

/** While the connection is lost queries pause and then go on; changes fail at once, as nobody wants a late Stop. */
export function makeQueryClient(on_unauthenticated: () => void, on_failed_change: (error: Error) => void): QueryClient {
    onlineManager.setEventListener(() => {
        window.addEventListener('online', ping);
        return () => window.removeEventListener('online', ping);
    });
    observe(on_unauthenticated, setAlive);
    return new QueryClient({
        mutationCache: new MutationCache({
            // Forms show errors at their fields: such a mutation says `meta: { shows_errors: true }`.
            onError: (error, _variables, _result, mutation) => {
                if (mutation.meta?.shows_errors) return;
                if (error instanceof ApiError && error.status === 401) return;
                on_failed_change(error);
            },
        }),
        defaultOptions: {
            queries: { staleTime: 5000, retry: (_count, error) => error instanceof ConnectionLost, retryDelay: 500 },
            mutations: { networkMode: 'always', retry: false },
        },
    });
}
