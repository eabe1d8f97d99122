import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { ApiError, api, ConnectionLost, type Schemas, send, urlOf } from './client';
import { rememberedFiles, rememberFile } from './remembered-files';

export type FileInfo = Schemas['File'];
export type FilesView = { skip: number; limit: number; tag?: string; search?: string };
export type FileList = {
    files: FileInfo[];
    total_count: number;
    /** The server cannot list files: these are those that were uploaded from this browser. */
    is_partial: boolean;
};

export const file_bytes_max = 64 * 1024 * 1024;
const poll_ms = 5000;

const keys = {
    of: (project: string) => ['files', project] as const,
    list: (project: string, view: FilesView) => ['files', project, 'list', view] as const,
    tags: (project: string) => ['files', project, 'tags'] as const,
    one: (project: string, id: string) => ['files', project, id] as const,
};
export const filesKey = keys.of;

// Not in the schema of each server yet.
type Call = (path: string, params: object) => Promise<unknown>;
const untyped = api as unknown as { get: Call; delete: Call };

const isMissing = (error: unknown) => error instanceof ApiError && [404, 405, 501].includes(error.status);

/** A row of the list says `filename`, one file says `name`. */
type Row = Omit<FileInfo, 'name'> & { name?: string; filename?: string };
const fileOf = ({ filename, name, ...rest }: Row): FileInfo => ({ ...rest, name: name ?? filename ?? rest._id });

async function listFiles(project: string, view: FilesView, signal: AbortSignal): Promise<FileList> {
    const { skip, limit, tag, search: search_key } = view;
    try {
        const query = { skip, limit, tag, search_key };
        const answer = await untyped.get('/files/{P}', { path: { P: project }, query, signal });
        const { files, total_count } = answer as { files: Row[]; total_count: number };
        return { files: files.map(fileOf), total_count, is_partial: false };
    } catch (error) {
        if (!isMissing(error)) throw error;
        return rememberedList(project, view, signal);
    }
}

async function rememberedList(project: string, view: FilesView, signal: AbortSignal): Promise<FileList> {
    const answers = await Promise.all(
        rememberedFiles(project).map((F) =>
            api.get('/file/{F}', { path: { F }, signal }).catch((error: unknown) => {
                if (isMissing(error)) return undefined;
                throw error;
            }),
        ),
    );
    const search = view.search?.toLowerCase() ?? '';
    const found = answers
        .filter((file) => file !== undefined)
        .filter(({ name }) => name.toLowerCase().includes(search))
        .filter(({ tags }) => !view.tag || tags?.includes(view.tag));
    return {
        files: found.slice(view.skip, view.skip + view.limit),
        total_count: found.length,
        is_partial: true,
    };
}

const isSettled = ({ status }: FileInfo) => status === 'ready' || status === 'failed';

export const filesQuery = (project: string, view: FilesView) =>
    queryOptions({
        queryKey: keys.list(project, view),
        queryFn: ({ signal }) => listFiles(project, view, signal),
        placeholderData: keepPreviousData,
        // Fast while something is being read, else often enough to notice what agents bring.
        refetchInterval: ({ state }) => (state.data?.files.every(isSettled) === false ? poll_ms / 4 : poll_ms * 3),
    });

export const fileQuery = (project: string, id: string) =>
    queryOptions({
        queryKey: keys.one(project, id),
        queryFn: ({ signal }) => api.get('/file/{F}', { path: { F: id }, signal }),
        enabled: id !== '',
    });

/** Null: this server does not know of tags yet. */
export const tagsQuery = (project: string) =>
    queryOptions({
        queryKey: keys.tags(project),
        queryFn: async ({ signal }) => {
            try {
                const tags = await untyped.get('/tagsbyprojectId/{P}', { path: { P: project }, signal });
                return tags as { _id: string; name: string; count: number }[];
            } catch (error) {
                if (isMissing(error)) return null;
                throw error;
            }
        },
        staleTime: 30_000,
        retry: false,
    });

export function useDeleteFile(project: string) {
    const client = useQueryClient();
    return useMutation({
        mutationFn: (id: string) => untyped.delete('/file/{F}', { path: { F: id }, query: { projectID: project } }),
        onSuccess: () => client.invalidateQueries({ queryKey: keys.of(project) }),
    });
}

export const contentUrl = (project: string, id: string) =>
    urlOf('/file/{F}/content', { F: id }, { projectID: project });

/** The bytes, as the type that the file has: the server calls all of them opaque. */
export const contentQuery = (project: string, file: Pick<FileInfo, '_id' | 'type'>, bytes_max: number) =>
    queryOptions({
        queryKey: ['file-content', project, file._id],
        queryFn: async ({ signal }) => {
            const answer = await send('get', contentUrl(project, file._id), { signal });
            if (!answer.ok) throw new ApiError(answer.status, await answer.json().catch(() => ({})));
            return (await answer.blob()).slice(0, bytes_max, file.type ?? '');
        },
        staleTime: Number.POSITIVE_INFINITY,
        gcTime: 60_000,
    });

type Upload = {
    project: string;
    file: File;
    tags: readonly string[];
    csrf_token: string;
    on_progress?: (share: number) => void;
    signal?: AbortSignal;
};

/** One file in one call. Not fetch: that cannot tell how much has gone out. */
export function uploadFile({ project, file, tags, csrf_token, on_progress, signal }: Upload): Promise<FileId> {
    return new Promise((resolve, reject) => {
        const call = new XMLHttpRequest();
        call.open('POST', urlOf('/files/upload', {}, { projectID: project }));
        call.setRequestHeader('x-csrf-token', csrf_token);
        call.responseType = 'json';
        call.upload.onprogress = ({ loaded, total }) => on_progress?.(total ? loaded / total : 0);
        call.onerror = () => reject(new ConnectionLost());
        call.onabort = () => reject(signal?.reason);
        call.onload = () => {
            if (call.status < 200 || call.status > 299) return reject(new ApiError(call.status, call.response ?? {}));
            const id = (call.response as Schemas['UploadedFiles']).files[0]?._id ?? '';
            rememberFile(project, id);
            resolve(id);
        };
        signal?.addEventListener('abort', () => call.abort());
        const form = new FormData();
        if (tags.length > 0) form.set('tags', JSON.stringify(tags));
        form.set('files', file);
        call.send(form);
    });
}
type FileId = string;
