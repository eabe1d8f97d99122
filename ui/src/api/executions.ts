import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, type Schemas } from './client';
import { pollMs } from './live';
import type { TaskStatus } from './tasks';

/** `agentflow` is a snapshot: the version that runs, whatever was edited since. */
export type Execution = Schemas['Execution'];
export type AgentOutput = Schemas['AgentOutput'];
export type Usage = Schemas['Usage'];

type Filter = { skip?: number; limit?: number; status?: TaskStatus; flow?: string };

const keys = {
    of: (project: string) => ['executions', project] as const,
    list: (project: string, filter: Filter) => ['executions', project, 'list', filter] as const,
};

/** A page of the project's executions, newest first. They come whole, so pages are small. */
export const executionsQuery = (project: string, filter: Filter) =>
    queryOptions({
        queryKey: keys.list(project, filter),
        queryFn: ({ signal }) => {
            const { flow, ...query } = filter;
            return api.get('/{P}/execution_flows', {
                path: { P: project },
                query: { ...query, agentflow_id: flow },
                signal,
            });
        },
        placeholderData: keepPreviousData,
        refetchInterval: pollMs(project),
    });

/** Starts the same flow with what `execution` was given. */
export function useRunAgain(project: string) {
    const client = useQueryClient();
    return useMutation({
        mutationFn: ({ agentflow_id, goal, input_variables, files, ...more }: Execution) =>
            api.post('/execute_flow', {
                query: { projectID: project },
                body: {
                    agentflow_id,
                    goal,
                    input_variables,
                    files,
                    ...(more.start_from_agent_id && { start_from_agent_id: more.start_from_agent_id }),
                    ...(more.stop_after_agent_id && { stop_after_agent_id: more.stop_after_agent_id }),
                },
            }),
        onSuccess: async () => {
            await client.invalidateQueries({ queryKey: ['tasks', project] });
        },
    });
}
