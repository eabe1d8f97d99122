import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, type Schemas } from './client';

export type Project = Schemas['Project'];

const keys = {
    all: ['projects'] as const,
    one: (id: string) => ['projects', id] as const,
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
