import { useQuery } from '@tanstack/react-query';
import { type Project, projectsQuery } from './projects';
import { type Session, useSession } from './session';

type Role = Session['role'];
const ranks: readonly Role[] = ['viewer', 'operator', 'editor', 'owner'];

/** Whether whoever is signed in may do in this coworker what needs `role`. What is forbidden is not offered. */
export function useMay(project: string, role: Role): boolean {
    const session = useSession();
    const projects = useQuery(projectsQuery).data;
    // Servers before this member say only the role in the organization, which is the lowest that somebody has.
    const found: (Project & { my_role?: Role }) | undefined = projects?.find(({ _id }) => _id === project);
    const mine = found?.my_role ?? session?.role ?? 'viewer';
    return ranks.indexOf(mine) >= ranks.indexOf(role);
}
