import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from './client';
import { sessionQuery } from './session';

export const password_length_min = 10;

const keys = { sessions: ['sessions'] as const };

export const sessionsQuery = queryOptions({
    queryKey: keys.sessions,
    queryFn: async ({ signal }) => (await api.get('/auth/sessions', { signal })).sessions,
});

export function useEndSession() {
    const client = useQueryClient();
    return useMutation({
        mutationFn: (id: string) => api.delete('/auth/sessions/{id}', { path: { id } }),
        onSuccess: () => client.invalidateQueries({ queryKey: keys.sessions }),
    });
}

export function useChangePassword() {
    const client = useQueryClient();
    return useMutation({
        meta: { shows_errors: true },
        mutationFn: (body: { current_password: string; new_password: string }) => api.post('/auth/password', { body }),
        onSuccess: () => client.invalidateQueries({ queryKey: keys.sessions }),
    });
}

export type Newcomer = { name: string; email: string; password: string };

/** The first account, with the key of the first start; then its session. */
export function useMakeOwner() {
    const client = useQueryClient();
    return useMutation({
        meta: { shows_errors: true },
        mutationFn: async ({ key, ...body }: Newcomer & { key: string }) => {
            const headers = { 'x-api-key': key };
            await api.post('/organization/users', { headers, body: { ...body, role: 'admin' } });
            return api.post('/auth/login', { body: { email: body.email, password: body.password } });
        },
        onSuccess: async () => {
            client.clear();
            await client.fetchQuery(sessionQuery);
        },
    });
}

/** Accepts an invitation: makes an account, or enters with the one that there is. */
export function useJoin() {
    const client = useQueryClient();
    return useMutation({
        meta: { shows_errors: true },
        mutationFn: (body: Newcomer & { invitation: string }) => api.post('/auth/signup', { body }),
        onSuccess: async () => {
            client.clear();
            await client.fetchQuery(sessionQuery);
        },
    });
}

export function useSetPassword() {
    return useMutation({
        meta: { shows_errors: true },
        mutationFn: (body: { token: string; new_password: string }) => api.post('/auth/password/reset', { body }),
    });
}
