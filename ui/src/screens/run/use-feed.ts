// While a task lives, one stream for all that it does; of what has ended, the stream of the execution that is looked at.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useSyncExternalStore } from 'react';
import { urlOf } from '@/api/client';
import { type ServerEvent, watchEvents } from '@/api/events';
import type { Execution } from '@/api/executions';
import { isFinal, type Task } from '@/api/tasks';
import { Feed } from './feed';

const refetch_ms_min = 500;

type FeedProps = {
    project: string;
    task: Task;
    execution: Execution | undefined;
    /** Of what has ended: whether its calls are wanted, beyond what the execution itself tells. */
    is_wanted: boolean;
};

/** What `execution` has told so far. */
export function useFeed({ project, task, execution, is_wanted }: FeedProps): Feed {
    const client = useQueryClient();
    const feeds = useRef(new Map<string, Feed>());
    const id = execution?.execution_id ?? '';
    const feed = feedOf(feeds.current, id);
    const was_live = useRef(new Map<string, boolean>());
    if (execution && !was_live.current.has(id)) was_live.current.set(id, !isFinal(execution.status));
    const wants = id !== '' && (was_live.current.get(id) || is_wanted);
    const task_id = task._id;

    useEffect(() => {
        if (!wants) return;
        const known = feeds.current;
        let timer: ReturnType<typeof setTimeout> | undefined;
        const readTask = () => {
            timer ??= setTimeout(() => {
                timer = undefined;
                void client.invalidateQueries({ queryKey: ['tasks', project, 'one', task_id] });
            }, refetch_ms_min);
        };
        const onEvent = (of: string, event: ServerEvent) => {
            const one = feedOf(known, of);
            // A stream that comes back repeats the status; a run that had ended has nothing more to tell.
            if (one.is_complete) return;
            one.take(event);
            if (event.event === 'status' || event.event === 'execution.finished') readTask();
        };
        const ofExecution = () => {
            if (feed.is_complete) return () => {};
            feed.restart();
            return watchEvents(urlOf('/execute_flow/{E}/events', { E: id }), (event) => {
                onEvent(id, event);
                return feed.is_complete ? 'end' : undefined;
            });
        };
        const ofTask = () => {
            for (const each of known.values()) if (!each.is_complete) each.restart();
            return watchEvents(urlOf('/task/{id}/events', { id: task_id }), (event) => {
                const { execution_id } = JSON.parse(event.data) as { execution_id?: string };
                if (execution_id && !known.has(execution_id)) readTask();
                onEvent(execution_id ?? id, event);
                const status = client.getQueryData<Task>(['tasks', project, 'one', task_id])?.status;
                const is_over = [...known.values()].every(({ is_complete }) => is_complete);
                return is_over && status && isFinal(status) ? 'end' : undefined;
            });
        };
        const end = was_live.current.get(id) ? ofTask() : ofExecution();
        return () => {
            clearTimeout(timer);
            end();
        };
    }, [wants, id, feed, task_id, project, client]);

    useSyncExternalStore(feed.subscribe, feed.getVersion);
    return feed;
}

function feedOf(feeds: Map<string, Feed>, id: string): Feed {
    const found = feeds.get(id) ?? new Feed();
    feeds.set(id, found);
    return found;
}
