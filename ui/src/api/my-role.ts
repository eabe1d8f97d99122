import { queryOptions, useQuery } from '@tanstack/react-query';
import { api, type Schemas } from './client';
import { projectsQuery } from './projects';
import { useSession } from './session';

export type Role = Schemas['Me']['role'];
export const roles: readonly Role[] = ['viewer', 'operator', 'editor', 'owner'];

const rank = (role: Role) => roles.indexOf(role);

export const membersQuery = (project: string) =>
    queryOptions({
        queryKey: ['members', project],
        queryFn: ({ signal }) => api.get('/project-member/{P}', { path: { P: project }, signal }),
    });

/** What whoever is signed in is in this project; undefined while that is not known. */
export const useMyRole = (project: string): Role | undefined =>
    useQuery(projectsQuery).data?.find(({ _id }) => _id === project)?.my_role;

/** Whether it may be offered: false also while that is not known. */
export function useMay(project: string, needed: Role): boolean {
    const mine = useMyRole(project);
    return mine !== undefined && rank(mine) >= rank(needed);
}

/** Admins of the organization: they invite, make keys and read the audit log. */
export const useIsAdmin = () => useSession()?.role === 'owner';

export type Rights = { operate: boolean; edit: boolean; user: string };

/** What somebody may do with what a coworker asks and keeps, and who he is. */
export const useRights = (project: string): Rights => ({
    operate: useMay(project, 'operator'),
    edit: useMay(project, 'editor'),
    user: useSession()?.user?._id ?? '',
});
