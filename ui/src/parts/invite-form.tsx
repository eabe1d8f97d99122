import { Select, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Role } from '@/api/my-role';
import { joinLink, type NewInvitation, type OrganizationRole, useInvite } from '@/api/people';
import { projectsQuery } from '@/api/projects';
import { t } from '@/i18n';
import { fieldErrors } from './draft';
import { FormActions, FormError } from './form';
import { RoleSelect } from './role-select';
import { ShownOnce } from './shown-once';

type InviteFormProps = {
    /** Into this coworker, too. */
    project?: string;
    on_done: () => void;
};

/** Asks somebody in. The link is shown once, to hand on where the server sends no mail. */
export function InviteForm({ project, on_done }: InviteFormProps) {
    const invite = useInvite();
    const projects = useQuery(projectsQuery).data ?? [];
    const [email, setEmail] = useState('');
    const [role, setRole] = useState<OrganizationRole>('member');
    const [into, setInto] = useState<string | null>(project ?? null);
    const [project_role, setProjectRole] = useState<Role>('viewer');
    const at = fieldErrors(invite.error);
    if (invite.data) return <InvitationLink invitation={invite.data} on_done={on_done} />;
    const send = () =>
        invite.mutate({
            email: email.trim(),
            role,
            ...(into && role === 'member' ? { projectID: into, project_role } : {}),
        });
    return (
        <form
            noValidate
            onSubmit={(event) => {
                event.preventDefault();
                if (email.trim()) send();
            }}
        >
            <Stack gap="md">
                <TextInput
                    type="email"
                    label={t('parts.email')}
                    value={email}
                    onChange={(event) => setEmail(event.currentTarget.value)}
                    error={at('email')}
                    data-autofocus
                />
                {!project && (
                    <Select
                        label={t('parts.organizationRole')}
                        description={role === 'admin' ? t('parts.adminHint') : t('parts.memberHint')}
                        value={role}
                        onChange={(next) => setRole(next as OrganizationRole)}
                        data={[
                            { value: 'member', label: t('parts.roleMember') },
                            { value: 'admin', label: t('parts.roleAdmin') },
                        ]}
                    />
                )}
                {role === 'member' && !project && (
                    <Select
                        label={t('parts.inviteInto')}
                        placeholder={t('parts.inviteIntoNone')}
                        clearable
                        searchable
                        value={into}
                        onChange={setInto}
                        data={projects.map(({ _id, projectName }) => ({ value: _id, label: projectName }))}
                        error={at('projectID')}
                    />
                )}
                {role === 'member' && into && (
                    <RoleSelect
                        label={t('parts.inviteAs')}
                        value={project_role}
                        on_change={setProjectRole}
                        error={at('project_role')}
                    />
                )}
                <FormError error={invite.error} />
                <FormActions submit={t('parts.inviteDeed')} busy={invite.isPending} on_cancel={on_done} />
            </Stack>
        </form>
    );
}

type InvitationLinkProps = { invitation: NewInvitation; on_done: () => void };

export function InvitationLink({ invitation, on_done }: InvitationLinkProps) {
    const { email, mail, token } = invitation;
    return (
        <>
            <Text size="sm" mb="xs" role="status">
                {mail ? t('parts.invitationMailed', { email }) : t('parts.invitationMade', { email })}
            </Text>
            <ShownOnce
                label={t('parts.invitationLink')}
                secret={joinLink(token)}
                text={t('parts.invitationOnce')}
                on_done={on_done}
            />
        </>
    );
}
