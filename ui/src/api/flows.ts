import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, type Schemas } from './client';

export type Flow = Schemas['Agentflow'];
export type FlowPatch = Schemas['AgentflowPatch'];
export type FlowVersion = Schemas['AgentflowVersions']['versions'][number];

const page_max = 200;
const versions_max = 200;

const keys = {
    of: (project: string) => ['flows', project] as const,
    one: (project: string, id: string) => ['flows', project, id] as const,
    failovers: (project: string, id: string) => ['flows', project, id, 'failovers'] as const,
    versions: (project: string, id: string) => ['flows', project, id, 'versions'] as const,
    version: (project: string, id: string, version: number) => ['flows', project, id, 'versions', version] as const,
};

async function allFlows(project: string, signal: AbortSignal) {
    const page = (skip: number) =>
        api.get('/agentflows', { query: { projectID: project, limit: page_max, skip }, signal });
    const first = await page(0);
    while (first.agentflows.length < first.total_count) {
        const { agentflows } = await page(first.agentflows.length);
        if (agentflows.length === 0) break;
        first.agentflows.push(...agentflows);
    }
    return first;
}

/** All flows of the project: it is searched and sorted in the browser. */
export const flowsQuery = (project: string) =>
    queryOptions({ queryKey: keys.of(project), queryFn: ({ signal }) => allFlows(project, signal) });

export const flowQuery = (project: string, id: string) =>
    queryOptions({
        queryKey: keys.one(project, id),
        queryFn: ({ signal }) => api.get('/agentflow/{AF}', { path: { AF: id }, signal }),
    });

/** As it is now, past every cache. */
export const readFlow = (id: string) => api.get('/agentflow/{AF}', { path: { AF: id } });

export const versionsQuery = (project: string, id: string) =>
    queryOptions({
        queryKey: keys.versions(project, id),
        queryFn: ({ signal }) =>
            api.get('/agentflow/{AF}/versions', { path: { AF: id }, query: { limit: versions_max }, signal }),
    });

/** A version never changes. */
export const versionQuery = (project: string, id: string, version: number) =>
    queryOptions({
        queryKey: keys.version(project, id, version),
        queryFn: ({ signal }) => api.get('/agentflow/{AF}/versions/{n}', { path: { AF: id, n: version }, signal }),
        staleTime: Number.POSITIVE_INFINITY,
    });

function useRefresh(project: string) {
    const client = useQueryClient();
    return () => client.invalidateQueries({ queryKey: keys.of(project) });
}

export function useCreateFlow(project: string) {
    return useMutation({
        meta: { shows_errors: true },
        mutationFn: (body: Schemas['AgentflowInput']) =>
            api.post('/agentflow', { query: { projectID: project }, body }),
        onSuccess: useRefresh(project),
    });
}

type Change = { id: string; patch: FlowPatch };

export function useChangeFlow(project: string) {
    return useMutation({
        mutationFn: ({ id, patch }: Change) => api.put('/agentflow/{AF}', { path: { AF: id }, body: patch }),
        onSuccess: useRefresh(project),
    });
}

/**
 * As useChangeFlow, but only over the version that was edited: 409 if somebody has saved since. The builder shows what
 * was refused where it belongs.
 */
export function useSaveFlow(project: string) {
    const client = useQueryClient();
    return useMutation({
        meta: { shows_errors: true },
        mutationFn: ({ id, patch, expected_version }: Change & { expected_version: number }) =>
            api.put('/agentflow/{AF}', { path: { AF: id }, query: { expected_version }, body: patch }),
        onSuccess: (saved) => {
            client.setQueryData(keys.one(project, saved._id), saved);
            void client.invalidateQueries({ queryKey: keys.of(project) });
        },
    });
}

export function useDeleteFlow(project: string) {
    return useMutation({
        mutationFn: (id: string) => api.delete('/agentflow/{P}/{AF}', { path: { P: project, AF: id } }),
        onSuccess: useRefresh(project),
    });
}

export function useRestoreVersion(project: string, id: string) {
    const refresh = useRefresh(project);
    const client = useQueryClient();
    return useMutation({
        mutationFn: (version: number) =>
            api.post('/agentflow/{AF}/versions/{n}/restore', { path: { AF: id, n: version } }),
        onSuccess: (saved) => {
            client.setQueryData(keys.one(project, id), saved);
            return refresh();
        },
    });
}

/** null: runs take the newest version again. */
export function usePublishVersion(project: string, id: string) {
    return useMutation({
        mutationFn: (version: number | null) =>
            version === null
                ? api.delete('/agentflow/{AF}/published', { path: { AF: id } })
                : api.post('/agentflow/{AF}/versions/{n}/publish', { path: { AF: id, n: version } }),
        onSuccess: useRefresh(project),
    });
}

/** The flows that take over when a run of this one fails. */
export const failoversQuery = (project: string, id: string) =>
    queryOptions({
        queryKey: keys.failovers(project, id),
        queryFn: ({ signal }) => api.get('/agentflow/{AF}/failover', { path: { AF: id }, signal }),
    });
