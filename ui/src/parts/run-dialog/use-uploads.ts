import { useEffect, useRef, useState } from 'react';
import { uploadFile } from '@/api/files';

export type Upload = {
    key: number;
    name: string;
    size: number;
    /** From 0 to 1. */
    share: number;
    id?: string;
    error?: unknown;
};

let last_key = 0;

/** Uploads begin when a file is chosen, so that Start has nothing to wait for. */
export function useUploads(project: string) {
    const [uploads, setUploads] = useState<Upload[]>([]);
    const running = useRef(new Map<number, { file: File; stop: AbortController }>());
    const patch = (key: number, change: Partial<Upload>) =>
        setUploads((old) => old.map((each) => (each.key === key ? { ...each, ...change } : each)));

    const begin = (key: number, file: File) => {
        const stop = new AbortController();
        running.current.set(key, { file, stop });
        uploadFile({ project, file, on_progress: (share) => patch(key, { share }), signal: stop.signal }).then(
            (id) => patch(key, { id, share: 1 }),
            (error: unknown) => !stop.signal.aborted && patch(key, { error }),
        );
    };
    const add = (files: readonly File[]) => {
        for (const file of files) {
            const key = ++last_key;
            setUploads((old) => [...old, { key, name: file.name, size: file.size, share: 0 }]);
            begin(key, file);
        }
    };
    const retry = (key: number) => {
        const file = running.current.get(key)?.file;
        if (!file) return;
        patch(key, { error: undefined, share: 0 });
        begin(key, file);
    };
    const remove = (key: number) => {
        running.current.get(key)?.stop.abort();
        running.current.delete(key);
        setUploads((old) => old.filter((each) => each.key !== key));
    };
    useEffect(() => {
        const all = running.current;
        return () => {
            for (const { stop } of all.values()) stop.abort();
        };
    }, []);
    return { uploads, add, retry, remove };
}

export type Uploads = ReturnType<typeof useUploads>;
