import { Button, Modal, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type Invitation, invitationsQuery, useResendInvitation, useRevokeInvitation } from '@/api/people';
import { projectsQuery } from '@/api/projects';
import { t } from '@/i18n';
import { useConfirm } from '@/parts/confirm';
import { InvitationLink } from '@/parts/invite-form';
import { QueryView } from '@/parts/query-view';
import { RelativeTime } from '@/parts/relative-time';
import { roleName } from '@/parts/role-select';
import { SettingsCard, SettingsGroup, SettingsRow } from '@/parts/settings-group';
import { TextSkeleton } from '@/parts/skeletons';
import { organizationRoleName } from './people-section';

/** Who was asked in and has not come yet. */
export function Invitations() {
    const invitations = useQuery(invitationsQuery);
    return (
        <SettingsGroup title={t('organization.invitations')} lead={t('organization.invitationsLead')}>
            <QueryView query={invitations} skeleton={<TextSkeleton />}>
                {(rows) =>
                    rows.length === 0 ? (
                        <Text size="sm" c="dimmed">
                            {t('organization.noInvitations')}
                        </Text>
                    ) : (
                        <SettingsCard>
                            {rows.map((invitation) => (
                                <InvitationRow key={invitation._id} invitation={invitation} />
                            ))}
                        </SettingsCard>
                    )
                }
            </QueryView>
        </SettingsGroup>
    );
}

function InvitationRow({ invitation }: { invitation: Invitation }) {
    const confirm = useConfirm();
    const resend = useResendInvitation();
    const revoke = useRevokeInvitation();
    const projects = useQuery(projectsQuery).data ?? [];
    const { _id, email, role, projectID, project_role, status, expires_at, mail } = invitation;
    const project = projects.find((each) => each._id === projectID)?.projectName;
    const as =
        project && project_role
            ? t('organization.asIn', { role: roleName(project_role), project })
            : organizationRoleName(role);
    const askRevoke = async () => {
        const yes = await confirm({
            title: t('organization.revokeTitle', { email }),
            text: t('organization.revokeText'),
            confirm: t('organization.revoke'),
            tone: 'danger',
        });
        if (yes) revoke.mutate(_id);
    };
    return (
        <SettingsRow
            title={email}
            text={
                <>
                    {as} · {status === 'expired' ? t('organization.expired') : t('organization.expires')}{' '}
                    <RelativeTime when={expires_at} />
                    {mail?.state === 'failed' && ` · ${t('organization.mailFailed')} ${mail.failure}`}
                </>
            }
        >
            <Button
                variant="default"
                size="xs"
                onClick={() => resend.mutate(_id)}
                loading={resend.isPending}
                aria-label={t('organization.resendTo', { email })}
            >
                {t('organization.resend')}
            </Button>
            <Button
                variant="subtle"
                color="gray"
                size="xs"
                onClick={askRevoke}
                loading={revoke.isPending}
                aria-label={t('organization.revokeOf', { email })}
            >
                {t('organization.revoke')}
            </Button>
            <Modal
                opened={resend.data !== undefined}
                onClose={resend.reset}
                title={t('organization.resend')}
                closeButtonProps={{ 'aria-label': t('parts.close') }}
            >
                {resend.data && <InvitationLink invitation={resend.data} on_done={resend.reset} />}
            </Modal>
        </SettingsRow>
    );
}
