import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, type Schemas } from './client';
import { type Skill, skillsQuery } from './skills';

export type Connector = Schemas['Connector'];
export type ConnectorKind = Schemas['ConnectorCatalogue']['connectors'][number];
export type ConnectorGroup = Schemas['ConnectorGroups'][number];
export type ConnectorStatus = ConnectorGroup['accountDetails'][number]['status'];
export type Configuration = Schemas['Configuration'];
export type FormField = Schemas['FormField'];
export type Field = Schemas['Field'];
export type Action = Skill['actions'][number];

const keys = {
    of: (project: string) => ['connectors', project] as const,
    configuration: (category: string, id: string) => ['connector-configuration', category, id] as const,
};

/** Grouped by category, each with its accounts. */
export const connectorsQuery = (project: string) =>
    queryOptions({
        queryKey: keys.of(project),
        queryFn: ({ signal }) => api.get('/connectors/{P}', { path: { P: project }, signal }),
    });

/** What this server can connect to. */
export const catalogueQuery = queryOptions({
    queryKey: ['connector-catalogue'],
    queryFn: async ({ signal }) => (await api.get('/public/connectors/all', { signal })).connectors,
    staleTime: Number.POSITIVE_INFINITY,
});

/** `id`: of a connector, or of the project for the form of a new one. Secrets are masked. */
export const configurationQuery = (category: string, id: string) =>
    queryOptions({
        queryKey: keys.configuration(category, id),
        queryFn: ({ signal }) => api.get('/actions/{category}/config/{id}', { path: { category, id }, signal }),
    });

export const connectorSkillsQuery = (project: string, connector: string) => ({
    ...skillsQuery(project),
    select: (skills: Skill[]) => skills.filter(({ connector_id }) => connector_id === connector),
});

function useConnectorChange<T, A>(project: string, mutationFn: (what: T) => Promise<A>, shows_errors = false) {
    const client = useQueryClient();
    return useMutation({
        meta: { shows_errors },
        mutationFn,
        onSuccess: () =>
            Promise.all(
                [keys.of(project), skillsQuery(project).queryKey, ['connector-configuration']].map((queryKey) =>
                    client.invalidateQueries({ queryKey }),
                ),
            ),
    });
}

export type ConnectorDraft = { category: string; name: string; config: Record<string, unknown> };

/** The same name again changes the one that there is. */
export const useConfigureConnector = (project: string) =>
    useConnectorChange(
        project,
        ({ category, ...body }: ConnectorDraft) =>
            api.post('/actions/{category}/config', { path: { category }, query: { projectID: project }, body }),
        true,
    );
export const useSwitchConnector = (project: string) =>
    useConnectorChange(project, (body: { connectorID: string; new_status: 'active' | 'inactive' }) =>
        api.post('/connectors/change_status', { query: { projectID: project }, body }),
    );
export const useDeleteConnector = (project: string) =>
    useConnectorChange(project, (id: string) => api.delete('/connector/{C}', { path: { C: id } }));

export type ActionDraft = {
    connector_id: string;
    name: string;
    description: string;
    method: string;
    url: string;
    body?: unknown;
    input_schema: { fields: Partial<Field>[] };
};

export const useCreateAction = (project: string) =>
    useConnectorChange(
        project,
        (body: ActionDraft) => api.post('/action', { query: { projectID: project }, body }),
        true,
    );

/** Does it now, outside of any flow. */
export function useRunAction(project: string, connector: string) {
    return useMutation({
        meta: { shows_errors: true },
        mutationFn: ({ action, input }: { action: Action; input: Record<string, unknown> }) =>
            api.post('/actions/{category}/{action}/{C}', {
                path: { category: action.category, action: action.sort, C: connector },
                query: { projectID: project },
                body: input,
            }),
    });
}
