import { PasswordInput, Stack, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { type ModelAccess, useChangeSettings } from '@/api/settings';
import { t } from '@/i18n';
import { fieldErrors } from '@/parts/draft';
import { FormActions, FormError, useForm } from '@/parts/form';
import type { Provider } from './providers';

type ProviderFormProps = {
    project: string;
    provider: Provider;
    access?: ModelAccess;
    on_done: () => void;
    on_saved: () => void;
};

/** A provider's key and address. The key goes in and never comes back. */
export function ProviderForm({ project, provider, access, on_done, on_saved }: ProviderFormProps) {
    const change = useChangeSettings(project);
    const { id, needs } = provider;
    const has_key = access?.has_key ?? false;
    const form = useForm(
        { api_key: '', base_url: access?.base_url ?? '', api_version: access?.api_version ?? '' },
        ({ api_key, base_url }) => ({
            api_key:
                !has_key && !api_key.trim() && (needs === 'key' || needs === 'both')
                    ? t('settings.enterKey')
                    : undefined,
            base_url:
                !base_url.trim() && (needs === 'address' || needs === 'both') ? t('settings.enterAddress') : undefined,
        }),
    );
    const submit = form.onSubmit(({ api_key, base_url, api_version }) => {
        // Without api_key the one that there is stays.
        const key = api_key.trim() ? { api_key: api_key.trim() } : {};
        const version = id === 'azure' ? { api_version: api_version.trim() } : {};
        change.mutate(
            { models: { [id]: { ...key, ...version, base_url: base_url.trim() } } },
            {
                onSuccess: () => {
                    notifications.show({ withCloseButton: false, message: t('parts.saved') });
                    on_saved();
                },
            },
        );
    });
    const at = fieldErrors(change.error);
    const key = form.field('api_key');
    const address = form.field('base_url');
    return (
        <form onSubmit={submit} noValidate>
            <Stack gap="md">
                <PasswordInput
                    {...key}
                    label={t('settings.key')}
                    description={t('settings.keyHint')}
                    placeholder={has_key ? t('settings.keyKept') : undefined}
                    error={key.error ?? at(`models.${id}.api_key`)}
                    autoComplete="off"
                    data-autofocus
                />
                <TextInput
                    {...address}
                    label={t('settings.address')}
                    description={needs === 'key' || needs === 'nothing' ? t('settings.addressHint') : undefined}
                    placeholder={provider.address}
                    error={address.error ?? at(`models.${id}.base_url`)}
                />
                {id === 'azure' && (
                    <TextInput
                        {...form.field('api_version')}
                        label={t('settings.version')}
                        placeholder="2024-10-21"
                        error={at(`models.${id}.api_version`)}
                    />
                )}
                <FormError error={change.error} />
                <FormActions submit={t('settings.saveProvider')} busy={change.isPending} on_cancel={on_done} />
            </Stack>
        </form>
    );
}
