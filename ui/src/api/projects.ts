import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, type Schemas, urlOf } from './client';

export type Project = Schemas['Project'];

const trash_page = 100;

const keys = {
    all: ['projects'] as const,
    one: (id: string) => ['projects', id] as const,
    trash: ['projects', 'trash'] as const,
};

export const projectsQuery = queryOptions({
    queryKey: keys.all,
    queryFn: async ({ signal }) => (await api.get('/v1/project/all', { signal })).projectList,
});

export const projectQuery = (id: string) =>
    queryOptions({
        queryKey: keys.one(id),
        queryFn: ({ signal }) => api.get('/v1/project/{P}', { path: { P: id }, signal }),
    });

/** `orgId`: of whoever makes it. */
export type ProjectDraft = { orgId: string; projectName: string; description: string; coworker_role: string };

export function useCreateProject() {
    const client = useQueryClient();
    return useMutation({
        meta: { shows_errors: true },
        mutationFn: (draft: ProjectDraft) => api.post('/v1/project', { body: draft }),
        onSuccess: () => client.invalidateQueries({ queryKey: keys.all }),
    });
}

/** In the trash, until somebody brings them back or deletes them for ever. */
export const trashQuery = queryOptions({
    queryKey: keys.trash,
    queryFn: async ({ signal }) =>
        (await api.get('/v1/project', { query: { trash: true, limit: trash_page }, signal })).projectList,
});

export type ProjectChange = { projectName?: string; description?: string; coworker_role?: string };

function useProjectChange<T, A>(mutationFn: (what: T) => Promise<A>, shows_errors = false) {
    const client = useQueryClient();
    return useMutation({
        meta: { shows_errors },
        mutationFn,
        onSuccess: () => client.invalidateQueries({ queryKey: keys.all }),
    });
}

export const useChangeProject = (id: string) =>
    useProjectChange((body: ProjectChange) => api.put('/v1/project', { query: { projectId: id }, body }), true);
export const useTrashProject = () =>
    useProjectChange((id: string) => api.delete('/v1/project/{P}', { path: { P: id }, query: { soft: true } }));
export const useDeleteProject = () =>
    useProjectChange((id: string) => api.delete('/v1/project/{P}', { path: { P: id } }));
export const useRestoreProject = () =>
    useProjectChange((id: string) => api.post('/v1/project/{P}/restore', { path: { P: id } }));

export const exportUrl = (id: string, records: boolean) =>
    urlOf('/v1/project/{P}/export', { P: id }, { records: records || undefined });
