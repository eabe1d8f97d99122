// What a flow is built from: the project's skills and settings, and what whoever looks at it may do.
import { queryOptions, useQuery } from '@tanstack/react-query';
import { api, type Schemas } from './client';
import { projectsQuery } from './projects';
import { useSession } from './session';

export type Skill = Schemas['Skill'];
export type ProjectSettings = Schemas['ProjectSettings'];
export type InputField = Schemas['InputField'];
type Role = Schemas['Me']['role'];

const skills_max = 500;
const ranks: Record<Role, number> = { viewer: 0, operator: 1, editor: 2, owner: 3 };

export const flowSkillsQuery = (project: string) =>
    queryOptions({
        queryKey: ['skills', project],
        queryFn: ({ signal }) => api.get('/skills', { query: { projectID: project, limit: skills_max }, signal }),
        staleTime: 60_000,
    });

export const flowSettingsQuery = (project: string) =>
    queryOptions({
        queryKey: ['settings', project],
        queryFn: ({ signal }) => api.get('/settings/{P}', { path: { P: project }, signal }),
        staleTime: 60_000,
    });

/** Whether the person has this role in the project, or a higher one. Says no until it is known. */
export function useMay(project: string, role: Role): boolean {
    const session = useSession();
    const row = useQuery(projectsQuery).data?.find(({ _id }) => _id === project);
    // Servers that do not tell the role in the project know the one in the organization.
    const mine = row && 'my_role' in row ? (row.my_role as Role) : session?.role;
    return mine !== undefined && ranks[mine] >= ranks[role];
}
