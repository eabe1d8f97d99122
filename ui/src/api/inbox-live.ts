import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { watchEvents } from './events';
import { inboxKey } from './inbox';

const refetch_ms_min = 1000;

/** Reads the inbox again as soon as something in it changes. Where the server sends no events, polling remains. */
export function useInboxLive(project: string) {
    const client = useQueryClient();
    useEffect(() => {
        let timer: ReturnType<typeof setTimeout> | undefined;
        const refetch = () => {
            timer = undefined;
            void client.invalidateQueries({ queryKey: inboxKey(project) });
        };
        const end = watchEvents(`/project/${encodeURIComponent(project)}/events`, ({ event }) => {
            if (event === 'inbox') timer ??= setTimeout(refetch, refetch_ms_min);
            return undefined;
        });
        return () => {
            clearTimeout(timer);
            end();
        };
    }, [client, project]);
}
