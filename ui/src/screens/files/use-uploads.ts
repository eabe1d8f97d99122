import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { file_bytes_max, filesKey, uploadFile } from '@/api/files';

export type Upload = {
    id: string;
    file: File;
    tags: readonly string[];
    state: 'waiting' | 'running' | 'done' | 'failed' | 'too_large';
    /** From 0 to 1. */
    share: number;
    error?: unknown;
    stop?: AbortController;
};

const at_once_max = 3;

/** Files on their way, a few at a time; each can be called off, and tried again when it failed. */
export function useUploads(project: string) {
    const client = useQueryClient();
    const [uploads, setUploads] = useState<Upload[]>([]);
    // What is to be sent next must not depend on what was drawn last.
    const waiting = useRef<Upload[]>([]);
    const running = useRef(0);

    const change = (id: string, next: Partial<Upload>) =>
        setUploads((old) => old.map((each) => (each.id === id ? { ...each, ...next } : each)));

    const send = async ({ id, file, tags }: Upload) => {
        const stop = new AbortController();
        change(id, { state: 'running', stop, error: undefined });
        try {
            await uploadFile({
                project,
                file,
                tags,
                signal: stop.signal,
                on_progress: (share) => change(id, { share }),
            });
            change(id, { state: 'done', share: 1 });
        } catch (error) {
            if (stop.signal.aborted) setUploads((old) => old.filter((each) => each.id !== id));
            else change(id, { state: 'failed', error });
        }
        await client.invalidateQueries({ queryKey: filesKey(project) });
    };
    const next = () => {
        while (running.current < at_once_max) {
            const upload = waiting.current.shift();
            if (!upload) return;
            ++running.current;
            void send(upload).finally(() => {
                --running.current;
                next();
            });
        }
    };
    const add = (files: readonly File[], tags: readonly string[]) => {
        const added = files.map(
            (file): Upload => ({
                id: crypto.randomUUID(),
                file,
                tags,
                share: 0,
                state: file.size > file_bytes_max ? 'too_large' : 'waiting',
            }),
        );
        setUploads((old) => [...added, ...old]);
        waiting.current.push(...added.filter(({ state }) => state === 'waiting'));
        next();
    };
    const cancel = (upload: Upload) => {
        waiting.current = waiting.current.filter(({ id }) => id !== upload.id);
        if (upload.state === 'running') upload.stop?.abort();
        else setUploads((old) => old.filter(({ id }) => id !== upload.id));
    };
    const retry = (upload: Upload) => {
        change(upload.id, { state: 'waiting', share: 0, error: undefined });
        waiting.current.push(upload);
        next();
    };
    const clear = () => setUploads((old) => old.filter(({ state }) => state === 'waiting' || state === 'running'));
    return { uploads, add, cancel, retry, clear };
}
