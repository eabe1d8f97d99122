import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ApiError, api, ConnectionLost, csrfToken, type Schemas, urlOf } from './client';

export type StartedRun = Schemas['Execution'];
export type RunOrder = {
    agentflow_id: string;
    goal: string;
    input_variables: Record<string, unknown>;
    files: string[];
    start_from_agent_id?: string;
};

/** `order_id` is the same for each attempt of one order: a lost answer starts nothing twice. */
export function useStartRun(project: string) {
    const client = useQueryClient();
    return useMutation({
        meta: { shows_errors: true },
        mutationFn: ({ order, order_id }: { order: RunOrder; order_id: string }) =>
            api.post('/execute_flow', {
                query: { projectID: project },
                body: order,
                headers: { 'Idempotency-Key': order_id },
            }),
        onSuccess: () => {
            void client.invalidateQueries({ queryKey: ['tasks', project] });
            void client.invalidateQueries({ queryKey: ['flows', project], exact: true });
        },
    });
}

export type UploadedFile = Schemas['UploadedFiles']['files'][number];

/** fetch tells nothing of an upload's progress. `on_progress` gets the share, from 0 to 1. */
export function uploadFile(
    project: string,
    file: File,
    on_progress: (share: number) => void,
    signal?: AbortSignal,
): Promise<UploadedFile> {
    return new Promise((resolve, reject) => {
        const request = new XMLHttpRequest();
        request.open('POST', urlOf('/files/upload', {}, { projectID: project }));
        request.setRequestHeader('x-csrf-token', csrfToken());
        request.responseType = 'json';
        request.upload.onprogress = ({ loaded, total }) => on_progress(total ? loaded / total : 0);
        request.onerror = () => reject(new ConnectionLost());
        request.onabort = () => reject(signal?.reason ?? new DOMException('', 'AbortError'));
        request.onload = () => {
            const uploaded: UploadedFile | undefined = request.response?.files?.[0];
            if (request.status < 300 && uploaded) resolve(uploaded);
            else reject(new ApiError(request.status, request.response ?? {}));
        };
        signal?.addEventListener('abort', () => request.abort());
        const form = new FormData();
        form.append('files', file, file.name);
        request.send(form);
    });
}
