import { Badge, Button, Modal } from '@mantine/core';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type ApiKey, apiKeysQuery, type NewApiKey, useRevokeApiKey } from '@/api/api-keys';
import { projectsQuery } from '@/api/projects';
import { t } from '@/i18n';
import { useConfirm } from '@/parts/confirm';
import { EmptyState } from '@/parts/empty-state';
import { QueryView } from '@/parts/query-view';
import { RelativeTime } from '@/parts/relative-time';
import { roleName } from '@/parts/role-select';
import { SettingsCard, SettingsGroup, SettingsRow } from '@/parts/settings-group';
import { ShownOnce } from '@/parts/shown-once';
import { TableSkeleton } from '@/parts/skeletons';
import { CreateApiKey } from './create-api-key';

/** For programs: they sign in with nothing else. */
export function ApiKeysSection() {
    const keys = useQuery(apiKeysQuery);
    const [creating, setCreating] = useState(false);
    const [made, setMade] = useState<NewApiKey>();
    const close = () => {
        setCreating(false);
        setMade(undefined);
    };
    const create = (
        <Button leftSection={<IconPlus size={16} />} onClick={() => setCreating(true)}>
            {t('organization.createKey')}
        </Button>
    );
    return (
        <SettingsGroup title={t('organization.keys')} lead={t('organization.keysLead')} action={create}>
            <QueryView query={keys} skeleton={<TableSkeleton rows={3} />}>
                {(rows) =>
                    rows.length === 0 ? (
                        <EmptyState
                            icon={IconKey}
                            title={t('organization.noKeys')}
                            text={t('organization.noKeysText')}
                        />
                    ) : (
                        <SettingsCard>
                            {rows.map((key) => (
                                <KeyRow key={key._id} api_key={key} />
                            ))}
                        </SettingsCard>
                    )
                }
            </QueryView>
            <Modal
                opened={creating}
                onClose={close}
                title={t('organization.createKey')}
                closeButtonProps={{ 'aria-label': t('parts.close') }}
                // A slip beside the dialog would lose the key.
                closeOnClickOutside={!made}
            >
                {made ? (
                    <ShownOnce
                        label={made.name}
                        secret={made.secret_key}
                        text={t('organization.keyOnce')}
                        on_done={close}
                    />
                ) : (
                    <CreateApiKey on_made={setMade} on_cancel={close} />
                )}
            </Modal>
        </SettingsGroup>
    );
}

function KeyRow({ api_key }: { api_key: ApiKey }) {
    const confirm = useConfirm();
    const revoke = useRevokeApiKey();
    const projects = useQuery(projectsQuery).data ?? [];
    const { _id, name, role, projectID, created_at, expires_at, is_expired } = api_key;
    const where = projectID
        ? (projects.find((project) => project._id === projectID)?.projectName ?? projectID)
        : t('organization.everyCoworker');
    const askRevoke = async () => {
        const yes = await confirm({
            title: t('organization.revokeKeyTitle', { name }),
            text: t('organization.revokeKeyText'),
            confirm: t('organization.revokeKey'),
            tone: 'danger',
        });
        if (yes) revoke.mutate(_id);
    };
    return (
        <SettingsRow
            title={
                <>
                    {name}{' '}
                    {is_expired && (
                        <Badge color="gray" size="sm" c="var(--mantine-color-text)">
                            {t('organization.expired')}
                        </Badge>
                    )}
                </>
            }
            text={
                <>
                    {roleName(role)} · {where} · {t('organization.made')} <RelativeTime when={created_at} />
                    {expires_at !== null && !is_expired && (
                        <>
                            {' · '}
                            {t('organization.expires')} <RelativeTime when={expires_at} />
                        </>
                    )}
                </>
            }
        >
            <Button
                variant="default"
                size="xs"
                onClick={askRevoke}
                loading={revoke.isPending}
                aria-label={t('organization.revokeOf', { email: name })}
            >
                {t('organization.revoke')}
            </Button>
        </SettingsRow>
    );
}
