import { queryOptions, useQuery } from '@tanstack/react-query';
import { api, type Schemas } from './client';
import { type Project, projectsQuery } from './projects';
import { useSession } from './session';

export type Role = Schemas['Me']['role'];
export const roles: readonly Role[] = ['viewer', 'operator', 'editor', 'owner'];

const rank = (role: Role) => roles.indexOf(role);

/** As the list of projects says it; servers from before that say it among the members only. */
const roleIn = (project: Project | undefined) => (project as { my_role?: Role } | undefined)?.my_role;

export const membersQuery = (project: string) =>
    queryOptions({
        queryKey: ['members', project],
        queryFn: ({ signal }) => api.get('/project-member/{P}', { path: { P: project }, signal }),
    });

/** What whoever is signed in is in this project; undefined while that is not known. */
export function useMyRole(project: string): Role | undefined {
    const session = useSession();
    const is_admin = session?.role === 'owner';
    const said = roleIn(useQuery(projectsQuery).data?.find(({ _id }) => _id === project));
    const members = useQuery({ ...membersQuery(project), enabled: !is_admin && !said }).data;
    if (is_admin) return 'owner';
    return said ?? members?.find(({ user_id }) => user_id === session?.user?._id)?.role;
}

/** Whether it may be offered: false also while that is not known. */
export function useMay(project: string, needed: Role): boolean {
    const mine = useMyRole(project);
    return mine !== undefined && rank(mine) >= rank(needed);
}

/** Admins of the organization: they invite, make keys and read the audit log. */
export const useIsAdmin = () => useSession()?.role === 'owner';
