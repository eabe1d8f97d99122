// Lists that stay true: one stream for each project says what has changed, and the queries are read again. While it is
// away, they poll.
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { urlOf } from './client';
import { watchEvents } from './events';

const poll_ms = 5000;
/** With a stream polling only mends what a stream may have missed. */
const poll_beside_stream_ms = 30_000;
const refetch_ms_min = 1000;

const followed = new Set<string>();

/** A `refetchInterval`: asked anew after each answer. */
export const pollMs = (project: string) => () => (followed.has(project) ? poll_beside_stream_ms : poll_ms);

/** Invalidates at most once a second, however much happens. */
function makeInvalidator(client: QueryClient, project: string) {
    const stale = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const flush = () => {
        timer = undefined;
        for (const area of stale) void client.invalidateQueries({ queryKey: [area, project] });
        stale.clear();
    };
    return {
        add(...areas: string[]) {
            for (const area of areas) stale.add(area);
            timer ??= setTimeout(flush, refetch_ms_min);
        },
        end: () => clearTimeout(timer),
    };
}

/** Keeps a project's lists of tasks, executions and inbox items true while the page is looked at. */
export function useProjectEvents(project: string, enabled = true) {
    const client = useQueryClient();
    useEffect(() => {
        if (!enabled) return;
        const changed = makeInvalidator(client, project);
        let end = () => {};
        const close = () => {
            end();
            end = () => {};
            followed.delete(project);
        };
        // A browser has six connections to a server, so a page in the background keeps none.
        const follow = () => {
            close();
            if (document.visibilityState === 'hidden') return;
            end = watchEvents(
                urlOf('/project/{P}/events', { P: project }),
                ({ event }) => {
                    followed.add(project);
                    if (event === 'execution') changed.add('tasks', 'executions');
                    if (event === 'inbox') changed.add('inbox');
                    return undefined;
                },
                () => void followed.delete(project),
            );
        };
        const onVisibility = () => {
            follow();
            if (document.visibilityState === 'visible') changed.add('tasks', 'executions', 'inbox');
        };
        follow();
        document.addEventListener('visibilitychange', onVisibility);
        return () => {
            document.removeEventListener('visibilitychange', onVisibility);
            changed.end();
            close();
        };
    }, [client, project, enabled]);
}
