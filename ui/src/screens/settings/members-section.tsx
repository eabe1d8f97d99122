import { Button, Modal, Text } from '@mantine/core';
import { IconPlus, IconUserPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { membersQuery, useIsAdmin, useMay } from '@/api/my-role';
import { type Member, useChangeMember, useRemoveMember } from '@/api/people';
import { useSession } from '@/api/session';
import { t } from '@/i18n';
import { useConfirm } from '@/parts/confirm';
import { InviteForm } from '@/parts/invite-form';
import { QueryView } from '@/parts/query-view';
import { RoleSelect, roleName } from '@/parts/role-select';
import { SettingsCard, SettingsGroup, SettingsRow } from '@/parts/settings-group';
import { TableSkeleton } from '@/parts/skeletons';
import type { SectionProps } from '.';
import { AddMember } from './add-member';

/** Who may enter this coworker, and what each may do. */
export function MembersSection({ project }: SectionProps) {
    const members = useQuery(membersQuery(project));
    const is_owner = useMay(project, 'owner');
    const is_admin = useIsAdmin();
    const [open, setOpen] = useState<'add' | 'invite'>();
    const close = () => setOpen(undefined);
    const deeds = (
        <>
            {is_admin && (
                <Button variant="default" leftSection={<IconUserPlus size={16} />} onClick={() => setOpen('invite')}>
                    {t('settings.invite')}
                </Button>
            )}
            {is_owner && (
                <Button leftSection={<IconPlus size={16} />} onClick={() => setOpen('add')}>
                    {t('settings.addMember')}
                </Button>
            )}
        </>
    );
    return (
        <SettingsGroup title={t('settings.members')} lead={t('settings.membersLead')} action={deeds}>
            <QueryView query={members} skeleton={<TableSkeleton rows={3} />}>
                {(rows) => (
                    <SettingsCard>
                        <SettingsRow title={t('settings.admins')} text={t('settings.adminsHint')}>
                            <Text size="sm" c="dimmed">
                                {roleName('owner')}
                            </Text>
                        </SettingsRow>
                        {rows.map((member) => (
                            <MemberRow key={member._id} project={project} member={member} may_change={is_owner} />
                        ))}
                    </SettingsCard>
                )}
            </QueryView>
            <Modal
                opened={open === 'add'}
                onClose={close}
                title={t('settings.addMember')}
                closeButtonProps={{ 'aria-label': t('parts.close') }}
            >
                <AddMember project={project} members={members.data ?? []} on_done={close} />
            </Modal>
            <Modal
                opened={open === 'invite'}
                onClose={close}
                title={t('settings.invite')}
                closeButtonProps={{ 'aria-label': t('parts.close') }}
            >
                <InviteForm project={project} on_done={close} />
            </Modal>
        </SettingsGroup>
    );
}

type MemberRowProps = { project: string; member: Member; may_change: boolean };

function MemberRow({ project, member, may_change }: MemberRowProps) {
    const confirm = useConfirm();
    const change = useChangeMember(project);
    const remove = useRemoveMember(project);
    const is_me = useSession()?.user?._id === member.user_id;
    const name = member.name || member.email;
    const askRemove = async () => {
        const yes = await confirm({
            title: t('settings.removeMemberTitle', { name }),
            text: t('settings.removeMemberText'),
            confirm: t('settings.removeMember'),
            tone: 'danger',
        });
        if (yes) remove.mutate(member._id);
    };
    return (
        <SettingsRow title={is_me ? t('settings.you', { name }) : name} text={member.email}>
            {may_change ? (
                <>
                    <RoleSelect
                        size="xs"
                        w={150}
                        aria-label={t('settings.roleOf', { name })}
                        value={member.role}
                        disabled={change.isPending}
                        on_change={(role) => change.mutate({ member: member._id, role })}
                    />
                    <Button
                        variant="subtle"
                        color="gray"
                        size="xs"
                        onClick={askRemove}
                        loading={remove.isPending}
                        aria-label={t('settings.removeMemberOf', { name })}
                    >
                        {t('parts.remove')}
                    </Button>
                </>
            ) : (
                <Text size="sm" c="dimmed">
                    {roleName(member.role)}
                </Text>
            )}
        </SettingsRow>
    );
}
