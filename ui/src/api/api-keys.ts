import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, type Schemas } from './client';

export type ApiKey = Schemas['ApiKey'];
export type NewApiKey = Schemas['NewApiKey'];

const keys = { all: ['api-keys'] as const };
const page_max = 500;

export const apiKeysQuery = queryOptions({
    queryKey: keys.all,
    queryFn: async ({ signal }) => (await api.get('/apikey', { query: { limit: page_max }, signal })).api_keys,
});

/** Scopes: the role, and `project:ID` for a key of one project. */
export type ApiKeyDraft = { name: string; scopes: string[]; expires_at: number | null };

export function useCreateApiKey() {
    const client = useQueryClient();
    return useMutation({
        meta: { shows_errors: true },
        mutationFn: (body: ApiKeyDraft) => api.post('/apikey', { body }),
        onSuccess: () => client.invalidateQueries({ queryKey: keys.all }),
    });
}

export function useRevokeApiKey() {
    const client = useQueryClient();
    return useMutation({
        mutationFn: (id: string) => api.delete('/apikey/{id}', { path: { id } }),
        onSuccess: () => client.invalidateQueries({ queryKey: keys.all }),
    });
}
