import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from './client';

export type RunOrder = {
    agentflow_id: string;
    goal: string;
    input_variables: Record<string, unknown>;
    files: string[];
    start_from_agent_id?: string;
    stop_after_agent_id?: string;
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
