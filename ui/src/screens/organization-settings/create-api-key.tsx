import { Select, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type NewApiKey, useCreateApiKey } from '@/api/api-keys';
import { ApiError } from '@/api/client';
import type { Role } from '@/api/my-role';
import { projectsQuery } from '@/api/projects';
import { t } from '@/i18n';
import { fieldErrors } from '@/parts/draft';
import { FormActions, FormError } from '@/parts/form';
import { RoleSelect } from '@/parts/role-select';

const day_s = 86_400;
const lives = ['7', '14', '30', '90', '365', ''] as const;

type CreateApiKeyProps = { on_made: (key: NewApiKey) => void; on_cancel: () => void };

export function CreateApiKey({ on_made, on_cancel }: CreateApiKeyProps) {
    const create = useCreateApiKey();
    const projects = useQuery(projectsQuery).data ?? [];
    const [name, setName] = useState('');
    const [role, setRole] = useState<Role>('operator');
    const [project, setProject] = useState('');
    const [days, setDays] = useState<string>('14');
    const [asked, setAsked] = useState(false);
    const at = fieldErrors(create.error);
    // An admin lacks no role: what the server refuses is the time.
    const too_long = create.error instanceof ApiError && create.error.status === 403;
    const submit = () => {
        setAsked(true);
        if (!name.trim()) return;
        const scopes = project ? [role, `project:${project}`] : [role];
        const expires_at = days ? Math.round(Date.now() / 1000) + Number(days) * day_s : null;
        create.mutate({ name: name.trim(), scopes, expires_at }, { onSuccess: on_made });
    };
    return (
        <form
            noValidate
            onSubmit={(event) => {
                event.preventDefault();
                submit();
            }}
        >
            <Stack gap="md">
                <TextInput
                    label={t('organization.keyName')}
                    description={t('organization.keyNameHint')}
                    value={name}
                    onChange={(event) => setName(event.currentTarget.value)}
                    error={asked && !name.trim() ? t('parts.enterName') : at('name')}
                    data-autofocus
                />
                <RoleSelect label={t('organization.keyRole')} value={role} on_change={setRole} error={at('scopes')} />
                <Select
                    label={t('organization.keyProject')}
                    searchable
                    data={[
                        { value: '', label: t('organization.everyCoworker') },
                        ...projects.map(({ _id, projectName }) => ({ value: _id, label: projectName })),
                    ]}
                    value={project}
                    onChange={(next) => setProject(next ?? '')}
                />
                <Select
                    label={t('organization.keyExpiry')}
                    data={lives.map((value) => ({
                        value,
                        label: value ? t('organization.inDays', { count: Number(value) }) : t('organization.never'),
                    }))}
                    value={days}
                    onChange={(next) => setDays(next ?? '')}
                    error={too_long ? t('organization.keyTooLong') : at('expires_at')}
                />
                {!too_long && <FormError error={create.error} />}
                <FormActions submit={t('organization.createKey')} busy={create.isPending} on_cancel={on_cancel} />
            </Stack>
        </form>
    );
}
