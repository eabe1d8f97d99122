import { Autocomplete, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Role } from '@/api/my-role';
import { type Member, useAddMember, usersQuery } from '@/api/people';
import { t } from '@/i18n';
import { fieldErrors } from '@/parts/draft';
import { FormActions, FormError } from '@/parts/form';
import { RoleSelect } from '@/parts/role-select';

type AddMemberProps = { project: string; members: Member[]; on_done: () => void };

/** Somebody who is in the organization already. */
export function AddMember({ project, members, on_done }: AddMemberProps) {
    const add = useAddMember(project);
    const users = useQuery(usersQuery).data ?? [];
    const [email, setEmail] = useState('');
    const [role, setRole] = useState<Role>('operator');
    const at = fieldErrors(add.error);
    const others = users.filter(({ _id }) => !members.some(({ user_id }) => user_id === _id));
    const names = new Map(others.map((user) => [user.email, user.name]));
    return (
        <form
            noValidate
            onSubmit={(event) => {
                event.preventDefault();
                if (email.trim()) add.mutate({ email: email.trim(), role }, { onSuccess: on_done });
            }}
        >
            <Stack gap="md">
                <Autocomplete
                    label={t('settings.person')}
                    description={t('settings.personHint')}
                    data={others.map((user) => user.email)}
                    value={email}
                    onChange={setEmail}
                    error={at('email') ?? at('user_id')}
                    renderOption={({ option }) => (
                        <Stack gap={0}>
                            <Text size="sm">{names.get(option.value) || option.value}</Text>
                            <Text size="xs" c="dimmed">
                                {option.value}
                            </Text>
                        </Stack>
                    )}
                    data-autofocus
                />
                <RoleSelect label={t('settings.memberRole')} value={role} on_change={setRole} error={at('role')} />
                <FormError error={add.error} />
                <FormActions submit={t('settings.addMember')} busy={add.isPending} on_cancel={on_done} />
            </Stack>
        </form>
    );
}
