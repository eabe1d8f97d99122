import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { ApiError, api, ConnectionLost, csrfToken, type Schemas, send, urlOf } from './client';

export type FileInfo = Schemas['File'];
type FilesView = { skip: number; limit: number; tag?: string; search?: string };

export const file_bytes_max = 64 * 1024 * 1024;
const poll_ms = 5000;

const keys = {
    of: (project: string) => ['files', project] as const,
    list: (project: string, view: FilesView) => ['files', project, 'list', view] as const,
    tags: (project: string) => ['files', project, 'tags'] as const,
    one: (project: string, id: string) => ['files', project, id] as const,
};
export const filesKey = keys.of;

const isSettled = ({ status }: FileInfo) => status === 'ready' || status === 'failed';

export const filesQuery = (project: string, view: FilesView) =>
    queryOptions({
        queryKey: keys.list(project, view),
        queryFn: ({ signal }) => {
            const { skip, limit, tag, search } = view;
            const query = { skip, limit, tag, search_key: search };
            return api.get('/files/{P}', { path: { P: project }, query, signal });
        },
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

/** What the project's files are tagged with. */
export const tagsQuery = (project: string) =>
    queryOptions({
        queryKey: keys.tags(project),
        queryFn: ({ signal }) => api.get('/tagsbyprojectId/{P}', { path: { P: project }, signal }),
        staleTime: 30_000,
    });

export function useDeleteFile(project: string) {
    const client = useQueryClient();
    return useMutation({
        mutationFn: (id: string) => api.delete('/file/{F}', { path: { F: id } }),
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

type FileId = string;
type Upload = {
    project: string;
    file: File;
    tags?: readonly string[];
    on_progress?: (share: number) => void;
    signal?: AbortSignal;
};

/** One file in one call. Not fetch: that cannot tell how much has gone out. `on_progress` gets the share, from 0 to 1. */
export function uploadFile({ project, file, tags = [], on_progress, signal }: Upload): Promise<FileId> {
    return new Promise((resolve, reject) => {
        const call = new XMLHttpRequest();
        call.open('POST', urlOf('/files/upload', {}, { projectID: project }));
        call.setRequestHeader('x-csrf-token', csrfToken());
        call.responseType = 'json';
        call.upload.onprogress = ({ loaded, total }) => on_progress?.(total ? loaded / total : 0);
        call.onerror = () => reject(new ConnectionLost());
        call.onabort = () => reject(signal?.reason);
        call.onload = () => {
            if (call.status < 200 || call.status > 299) return reject(new ApiError(call.status, call.response ?? {}));
            resolve((call.response as Schemas['UploadedFiles']).files[0]?._id ?? '');
        };
        signal?.addEventListener('abort', () => call.abort());
        const form = new FormData();
        if (tags.length > 0) form.set('tags', JSON.stringify(tags));
        form.set('files', file);
        call.send(form);
    });
}
