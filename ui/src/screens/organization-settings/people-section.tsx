import { ActionIcon, Button, Menu, Modal, Select, Text } from '@mantine/core';
import { IconDots, IconUserPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useIsAdmin } from '@/api/my-role';
import {
    type OrganizationRole,
    resetLink,
    type User,
    useChangeUser,
    useEndUserSessions,
    useRemoveUser,
    useResetPassword,
    usersQuery,
} from '@/api/people';
import { useSession } from '@/api/session';
import { t } from '@/i18n';
import { useConfirm } from '@/parts/confirm';
import { InviteForm } from '@/parts/invite-form';
import { QueryView } from '@/parts/query-view';
import { RelativeTime } from '@/parts/relative-time';
import { SettingsCard, SettingsGroup, SettingsRow } from '@/parts/settings-group';
import { ShownOnce } from '@/parts/shown-once';
import { TableSkeleton } from '@/parts/skeletons';
import { Invitations } from './invitations';

/** Who is in the organization, and who is asked in. */
export function PeopleSection() {
    const users = useQuery(usersQuery);
    const is_admin = useIsAdmin();
    const [inviting, setInviting] = useState(false);
    const close = () => setInviting(false);
    const invite = is_admin && (
        <Button leftSection={<IconUserPlus size={16} />} onClick={() => setInviting(true)}>
            {t('organization.invite')}
        </Button>
    );
    return (
        <>
            <SettingsGroup title={t('organization.members')} lead={t('organization.membersLead')} action={invite}>
                <QueryView query={users} skeleton={<TableSkeleton rows={3} />}>
                    {(rows) => (
                        <SettingsCard>
                            {rows.map((user) => (
                                <UserRow key={user._id} user={user} may_change={is_admin} />
                            ))}
                        </SettingsCard>
                    )}
                </QueryView>
            </SettingsGroup>
            {is_admin && <Invitations />}
            <Modal
                opened={inviting}
                onClose={close}
                title={t('organization.invite')}
                closeButtonProps={{ 'aria-label': t('parts.close') }}
            >
                <InviteForm on_done={close} />
            </Modal>
        </>
    );
}

export const organizationRoleName = (role: OrganizationRole) =>
    role === 'admin' ? t('parts.roleAdmin') : t('parts.roleMember');

function UserRow({ user, may_change }: { user: User; may_change: boolean }) {
    const is_me = useSession()?.user?._id === user._id;
    const change = useChangeUser();
    const name = user.name || user.email;
    return (
        <SettingsRow
            title={is_me ? t('settings.you', { name }) : name}
            text={
                <>
                    {user.email} · {t('organization.joined')} <RelativeTime when={user.joined_at} />
                </>
            }
        >
            {may_change ? (
                <>
                    <Select
                        size="xs"
                        w={130}
                        aria-label={t('settings.roleOf', { name })}
                        value={user.role}
                        disabled={change.isPending}
                        data={(['admin', 'member'] as const).map((role) => ({
                            value: role,
                            label: organizationRoleName(role),
                        }))}
                        onChange={(role) => role && change.mutate({ id: user._id, role: role as OrganizationRole })}
                    />
                    <UserMenu user={user} is_me={is_me} />
                </>
            ) : (
                <Text size="sm" c="dimmed">
                    {organizationRoleName(user.role)}
                </Text>
            )}
        </SettingsRow>
    );
}

function UserMenu({ user, is_me }: { user: User; is_me: boolean }) {
    const confirm = useConfirm();
    const remove = useRemoveUser();
    const end = useEndUserSessions();
    const reset = useResetPassword();
    const name = user.name || user.email;
    const askRemove = async () => {
        const yes = await confirm({
            title: t('organization.removeTitle', { name }),
            text: t('organization.removeText'),
            confirm: t('organization.remove'),
            tone: 'danger',
        });
        if (yes) remove.mutate(user._id);
    };
    const askEnd = async () => {
        const yes = await confirm({
            title: t('organization.endTitle', { name }),
            text: t('organization.endText'),
            confirm: t('organization.end'),
        });
        if (yes) end.mutate(user._id);
    };
    return (
        <>
            <Menu>
                <Menu.Target>
                    <ActionIcon size={30} aria-label={t('organization.moreOf', { name })}>
                        <IconDots size={18} stroke={1.75} />
                    </ActionIcon>
                </Menu.Target>
                <Menu.Dropdown>
                    <Menu.Item onClick={() => reset.mutate(user._id)}>{t('organization.resetPassword')}</Menu.Item>
                    <Menu.Item onClick={askEnd}>{t('organization.end')}</Menu.Item>
                    {!is_me && (
                        <Menu.Item c="var(--weft-bad)" onClick={askRemove}>
                            {t('organization.remove')}
                        </Menu.Item>
                    )}
                </Menu.Dropdown>
            </Menu>
            <Modal
                opened={reset.data !== undefined}
                onClose={reset.reset}
                title={t('organization.resetPassword')}
                closeButtonProps={{ 'aria-label': t('parts.close') }}
            >
                {reset.data && (
                    <ShownOnce
                        label={t('organization.resetLink')}
                        secret={resetLink(reset.data.token)}
                        text={t('organization.resetText', { name })}
                        on_done={reset.reset}
                    />
                )}
            </Modal>
        </>
    );
}
