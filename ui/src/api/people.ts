import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, type Schemas } from './client';
import { membersQuery, type Role } from './my-role';

export type Member = Schemas['ProjectMember'];
export type User = Schemas['OrganizationUser'];
export type OrganizationRole = User['role'];
export type Invitation = Schemas['Invitation'];
export type NewInvitation = Schemas['NewInvitation'];

const keys = { users: ['users'] as const, invitations: ['invitations'] as const };

export const usersQuery = queryOptions({
    queryKey: keys.users,
    queryFn: async ({ signal }) => (await api.get('/organization/users', { signal })).users,
});

export const invitationsQuery = queryOptions({
    queryKey: keys.invitations,
    queryFn: async ({ signal }) => (await api.get('/organization/invitations', { signal })).invitations,
});

/** Where an invitation and a new password begin in this app. Behind the #, browsers send it to nobody. */
export const joinLink = (token: string) => `${window.location.origin}/app/join#token=${token}`;
export const resetLink = (token: string) => `${window.location.origin}/app/reset#token=${token}`;

export type InvitationDraft = {
    email: string;
    role: OrganizationRole;
    projectID?: string;
    project_role?: Role;
};

function useInvitationChange<T, A>(mutationFn: (what: T) => Promise<A>, shows_errors = false) {
    const client = useQueryClient();
    return useMutation({
        meta: { shows_errors },
        mutationFn,
        onSuccess: () => client.invalidateQueries({ queryKey: keys.invitations }),
    });
}

export const useInvite = () =>
    useInvitationChange((body: InvitationDraft) => api.post('/organization/invitations', { body }), true);
export const useResendInvitation = () =>
    useInvitationChange((id: string) => api.post('/organization/invitations/{id}/resend', { path: { id } }));
export const useRevokeInvitation = () =>
    useInvitationChange((id: string) => api.delete('/organization/invitations/{id}', { path: { id } }));

function useUserChange<T, A>(mutationFn: (what: T) => Promise<A>) {
    const client = useQueryClient();
    return useMutation({ mutationFn, onSuccess: () => client.invalidateQueries({ queryKey: keys.users }) });
}

export const useChangeUser = () =>
    useUserChange(({ id, role }: { id: string; role: OrganizationRole }) =>
        api.patch('/organization/users/{id}', { path: { id }, body: { role } }),
    );
export const useRemoveUser = () =>
    useUserChange((id: string) => api.delete('/organization/users/{id}', { path: { id } }));
export const useEndUserSessions = () =>
    useUserChange((id: string) => api.delete('/organization/users/{id}/sessions', { path: { id } }));
export const useResetPassword = () =>
    useUserChange((id: string) => api.post('/organization/users/{id}/password-reset', { path: { id } }));

function useMemberChange<T, A>(project: string, mutationFn: (what: T) => Promise<A>, shows_errors = false) {
    const client = useQueryClient();
    return useMutation({
        meta: { shows_errors },
        mutationFn,
        onSuccess: () => client.invalidateQueries({ queryKey: membersQuery(project).queryKey }),
    });
}

export const useAddMember = (project: string) =>
    useMemberChange(
        project,
        (body: { email: string; role: Role }) => api.post('/project-member/{P}', { path: { P: project }, body }),
        true,
    );
export const useChangeMember = (project: string) =>
    useMemberChange(project, ({ member, role }: { member: string; role: Role }) =>
        api.patch('/project-member/{P}/{member}', { path: { P: project, member }, body: { role } }),
    );
export const useRemoveMember = (project: string) =>
    useMemberChange(project, (member: string) =>
        api.delete('/project-member/{P}/{member}', { path: { P: project, member } }),
    );
