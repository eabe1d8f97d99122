import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, type Schemas } from './client';

export type ProjectSettings = Schemas['ProjectSettings'];
export type SettingsPatch = Schemas['ProjectSettingsPatch'];
export type Budget = Schemas['Budget'];
export type BudgetUse = Schemas['BudgetList']['budgets'][number];
export type InputForm = Schemas['InputForm'];
export type InputField = Schemas['InputField'];
export type Limits = NonNullable<Schemas['ProjectLimits']>;
export type ModelAccess = Schemas['ModelAccess'];

/** What the server writes instead of a secret; sent back, it leaves the secret as it is. */
export const masked = '********';

const keys = {
    of: (project: string) => ['settings', project] as const,
    budgets: ['budgets'] as const,
};

export const settingsQuery = (project: string) =>
    queryOptions({
        queryKey: keys.of(project),
        queryFn: ({ signal }) => api.get('/settings/{P}', { path: { P: project }, signal }),
    });

/** Checked as a whole: one fault, and nothing changes. */
export function useChangeSettings(project: string) {
    const client = useQueryClient();
    return useMutation({
        meta: { shows_errors: true },
        mutationFn: (body: SettingsPatch) => api.patch('/settings/{P}', { path: { P: project }, body }),
        onSuccess: (settings) => {
            client.setQueryData(keys.of(project), settings);
            return client.invalidateQueries({ queryKey: keys.budgets });
        },
    });
}

/** All budgets of the organization and its projects, with what is used of them. */
export const budgetsQuery = queryOptions({
    queryKey: keys.budgets,
    queryFn: async ({ signal }) => (await api.get('/budgets', { signal })).budgets,
});

export function useSetBudgets() {
    const client = useQueryClient();
    return useMutation({
        meta: { shows_errors: true },
        mutationFn: (budgets: Budget[]) => api.put('/budgets', { body: { budgets } }),
        onSuccess: ({ budgets }) => client.setQueryData(keys.budgets, budgets),
    });
}

/** One short call, as an agent would make it. Nothing but the answer is kept. */
export function useTryModel(project: string) {
    return useMutation({
        meta: { shows_errors: true },
        mutationFn: async (model: string) => {
            const began = performance.now();
            const answer = await api.post('/llm/execute/calls', {
                query: { projectID: project },
                body: {
                    model,
                    messages: [{ role: 'user', content: 'Answer with the one word: ready' }],
                    maxTokens: 64,
                },
            });
            return { ...answer, duration_ms: performance.now() - began };
        },
    });
}
