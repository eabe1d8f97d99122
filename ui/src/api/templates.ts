import { queryOptions } from '@tanstack/react-query';
import { api } from './client';

export type RenderOrder = {
    template: string;
    goal?: string;
    input_variables?: Record<string, unknown>;
    /** Whose goal, inputs, files and outputs of agents are read; what is said beside it stands over them. */
    execution_id?: string;
};

/** What a template prints, as an agent would be given it. 422 says at which place what is wrong or missing. */
export const renderedQuery = (project: string, order: RenderOrder) =>
    queryOptions({
        queryKey: ['rendered', project, order],
        queryFn: ({ signal }) => api.post('/template/render', { query: { projectID: project }, body: order, signal }),
        // Each letter that is typed asks anew: nothing is kept for long.
        gcTime: 30_000,
    });
