import { Autocomplete, Button, Menu, Modal, Stack, Text } from '@mantine/core';
import { IconCheck, IconKey, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useMay } from '@/api/my-role';
import { type ModelAccess, settingsQuery, useChangeSettings } from '@/api/settings';
import { t } from '@/i18n';
import { useConfirm } from '@/parts/confirm';
import { QueryView } from '@/parts/query-view';
import { SettingsCard, SettingsGroup, SettingsRow } from '@/parts/settings-group';
import { TextSkeleton } from '@/parts/skeletons';
import type { SectionProps } from '.';
import { ProviderForm } from './provider-form';
import { type Provider, providerOf, providers } from './providers';
import { SectionForm } from './section-form';
import { TryModel } from './try-model';

const rehearsal = 'weft/rehearsal';

/** Which models agents get, and with whose keys they are asked. */
export function ModelsSection({ project }: SectionProps) {
    return (
        <>
            <Accounts project={project} />
            <DefaultModel project={project} />
        </>
    );
}

function Accounts({ project }: SectionProps) {
    const query = useQuery(settingsQuery(project));
    const may_edit = useMay(project, 'editor');
    const [edited, setEdited] = useState<Provider>();
    const [tried, setTried] = useState<Provider>();
    const models = query.data?.models ?? {};
    const missing = providers.filter(({ id }) => !models[id]);
    const add = may_edit && (
        <Menu position="bottom-end">
            <Menu.Target>
                <Button leftSection={<IconPlus size={16} />} disabled={missing.length === 0}>
                    {t('settings.addProvider')}
                </Button>
            </Menu.Target>
            <Menu.Dropdown>
                {missing.map((provider) => (
                    <Menu.Item key={provider.id} onClick={() => setEdited(provider)}>
                        {provider.name}
                    </Menu.Item>
                ))}
            </Menu.Dropdown>
        </Menu>
    );
    const close = () => setEdited(undefined);
    return (
        <SettingsGroup title={t('settings.models')} lead={t('settings.modelsLead')} action={add}>
            <QueryView query={query} skeleton={<TextSkeleton lines={4} />}>
                {(settings) => (
                    <SettingsCard>
                        <SettingsRow title={rehearsal} text={t('settings.rehearsal')} />
                        {Object.entries(settings.models).map(([id, access]) => (
                            <Account
                                key={id}
                                project={project}
                                provider={providerOf(id)}
                                access={access}
                                on_edit={setEdited}
                                on_try={setTried}
                            />
                        ))}
                    </SettingsCard>
                )}
            </QueryView>
            <Modal
                opened={edited !== undefined}
                onClose={close}
                title={edited?.name}
                closeButtonProps={{ 'aria-label': t('parts.close') }}
            >
                {edited && (
                    <ProviderForm
                        project={project}
                        provider={edited}
                        access={models[edited.id]}
                        on_done={close}
                        on_saved={() => {
                            close();
                            setTried(edited);
                        }}
                    />
                )}
            </Modal>
            <Modal
                opened={tried !== undefined}
                onClose={() => setTried(undefined)}
                title={tried && t('settings.tryOf', { name: tried.name })}
                closeButtonProps={{ 'aria-label': t('parts.close') }}
            >
                {tried && <TryModel project={project} initial={`${tried.id}/`} example={tried.example} />}
            </Modal>
        </SettingsGroup>
    );
}

type AccountProps = {
    project: string;
    provider: Provider;
    access: ModelAccess;
    on_edit: (provider: Provider) => void;
    on_try: (provider: Provider) => void;
};

function Account({ project, provider, access, on_edit, on_try }: AccountProps) {
    const confirm = useConfirm();
    const change = useChangeSettings(project);
    const may_edit = useMay(project, 'editor');
    const may_try = useMay(project, 'operator');
    const { name } = provider;
    const remove = async () => {
        const yes = await confirm({
            title: t('settings.removeProviderTitle', { name }),
            text: t('settings.removeProviderText'),
            confirm: t('settings.removeProvider'),
            tone: 'danger',
        });
        if (yes) change.mutate({ models: { [provider.id]: null } });
    };
    const says = [access.has_key ? t('settings.keySet') : t('settings.keyUnset'), access.base_url, access.api_version];
    return (
        <SettingsRow
            title={name}
            text={
                <Text size="sm" c="dimmed" span>
                    {access.has_key ? <IconCheck size={14} aria-hidden /> : <IconKey size={14} aria-hidden />}{' '}
                    {says.filter(Boolean).join(' · ')}
                </Text>
            }
        >
            {may_try && (
                <Button variant="default" size="xs" onClick={() => on_try(provider)}>
                    {t('settings.try')}
                </Button>
            )}
            {may_edit && (
                <>
                    <Button variant="default" size="xs" onClick={() => on_edit(provider)}>
                        {t('parts.edit')}
                    </Button>
                    <Button variant="subtle" color="gray" size="xs" onClick={remove} loading={change.isPending}>
                        {t('parts.remove')}
                    </Button>
                </>
            )}
        </SettingsRow>
    );
}

function DefaultModel({ project }: SectionProps) {
    const may_try = useMay(project, 'operator');
    return (
        <SettingsGroup title={t('settings.defaultModel')} lead={t('settings.defaultModelLead')}>
            <SectionForm
                project={project}
                read={({ default_model }) => default_model}
                patch={(default_model) => ({ default_model: default_model.trim() || null })}
            >
                {({ value, set, at, settings }) => (
                    <Stack gap="md" maw={420}>
                        <Autocomplete
                            size="sm"
                            label={t('settings.model')}
                            description={t('settings.modelHint')}
                            placeholder={rehearsal}
                            data={[rehearsal, ...Object.keys(settings.models).map((id) => `${id}/`)]}
                            value={value}
                            onChange={set}
                            error={at('default_model')}
                        />
                        {may_try && settings.default_model && settings.default_model === value && (
                            <TryModel project={project} initial={value} fixed />
                        )}
                    </Stack>
                )}
            </SectionForm>
        </SettingsGroup>
    );
}
