import { useQuery } from '@tanstack/react-query';
import { type Project, projectsQuery } from './projects';
import { type Session, useSession } from './session';

export type Role = Session['role'];

const ranks: Record<Role, number> = { viewer: 0, operator: 1, editor: 2, owner: 3 };

/** What whoever is signed in may do in this project; what is forbidden is not offered. */
export function useMay(project: string): { operate: boolean; edit: boolean; user: string } {
    const session = useSession();
    const row: (Project & { my_role?: Role }) | undefined = useQuery(projectsQuery).data?.find(
        ({ _id }) => _id === project,
    );
    // Until the server says what somebody is in the project, it is what he is in the organization.
    const rank = ranks[row?.my_role ?? session?.role ?? 'viewer'];
    return { operate: rank >= ranks.operator, edit: rank >= ranks.editor, user: session?.user?._id ?? '' };
}
