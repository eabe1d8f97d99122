import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, type Schemas, setCsrfToken } from './client';

export type Session = Schemas['Me'];

/** Who is signed in. 401: nobody. */
export const sessionQuery = queryOptions({
    queryKey: ['session'],
    queryFn: async ({ signal }) => {
        const session = await api.get('/auth/me', { signal });
        setCsrfToken(session.csrf_token);
        return session;
    },
    staleTime: Number.POSITIVE_INFINITY,
});

/** How people sign in here. */
export const signInMethodsQuery = queryOptions({
    queryKey: ['sign-in-methods'],
    queryFn: ({ signal }) => api.get('/auth/methods', { signal }),
});

/** Of screens behind the sign-in: the session is there. */
export function useSession(): Session | undefined {
    return useQuery(sessionQuery).data;
}

export function useSignIn() {
    const client = useQueryClient();
    return useMutation({
        meta: { shows_errors: true },
        mutationFn: (body: { email: string; password: string }) => api.post('/auth/login', { body }),
        // Whatever was read as somebody else is forgotten.
        onSuccess: async () => {
            client.clear();
            await client.fetchQuery(sessionQuery);
        },
    });
}

export function useForgotPassword() {
    return useMutation({
        meta: { shows_errors: true },
        mutationFn: (body: { email: string }) => api.post('/auth/password/forgot', { body }),
    });
}

export function useSignOut() {
    const client = useQueryClient();
    return useMutation({
        mutationFn: () => api.post('/auth/logout'),
        onSuccess: () => {
            setCsrfToken(null);
            client.clear();
        },
    });
}
