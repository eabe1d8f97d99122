import { Button, Checkbox, Group, PasswordInput, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useState } from 'react';
import { masked, type ProjectSettings, type SettingsPatch } from '@/api/settings';
import { t } from '@/i18n';
import { SettingsGroup } from '@/parts/settings-group';
import { ShownOnce } from '@/parts/shown-once';
import type { SectionProps } from '.';
import { type SectionFields, SectionForm } from './section-form';

type Draft = { mail: string[]; url: string; secret: string; inbox: boolean };

const read = ({ notifications }: ProjectSettings): Draft => ({
    mail: notifications.mail,
    url: notifications.webhook?.url ?? '',
    secret: notifications.webhook?.has_secret ? masked : '',
    inbox: notifications.on.includes('inbox'),
});

const patch = ({ mail, url, secret, inbox }: Draft): SettingsPatch => ({
    notifications: {
        mail,
        webhook: url.trim() ? { url: url.trim(), secret: secret || null } : null,
        on: inbox ? ['inbox'] : [],
    },
});

function newSecret(): string {
    const bytes = crypto.getRandomValues(new Uint8Array(32));
    return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Who is told of what waits for a person. */
export function NotificationsSection({ project }: SectionProps) {
    return (
        <SectionForm project={project} read={read} patch={patch}>
            {(fields) => (
                <>
                    <SettingsGroup title={t('settings.notifications')} lead={t('settings.notificationsLead')}>
                        <Stack gap="md" maw={560}>
                            <Checkbox
                                label={t('settings.onInbox')}
                                checked={fields.value.inbox}
                                onChange={(event) =>
                                    fields.set({ ...fields.value, inbox: event.currentTarget.checked })
                                }
                            />
                            <TagsInput
                                label={t('settings.mail')}
                                description={t('settings.mailHint')}
                                placeholder={fields.value.mail.length === 0 ? 'ada@example.org' : undefined}
                                splitChars={[',', ' ', ';']}
                                acceptValueOnBlur
                                value={fields.value.mail}
                                onChange={(mail) => fields.set({ ...fields.value, mail })}
                                error={mailError(fields)}
                            />
                        </Stack>
                    </SettingsGroup>
                    <Webhook {...fields} />
                </>
            )}
        </SectionForm>
    );
}

/** Of the first address that is none: the field says which. */
function mailError({ value, at }: SectionFields<Draft>) {
    const wrong = value.mail.findIndex((_, index) => at(`notifications.mail.${index}`));
    return wrong < 0 ? at('notifications.mail') : `${value.mail[wrong]}: ${at(`notifications.mail.${wrong}`)}`;
}

function Webhook({ value, set, at, may_edit }: SectionFields<Draft>) {
    const [made, setMade] = useState('');
    const shown = made !== '' && made === value.secret;
    const make = () => {
        const secret = newSecret();
        setMade(secret);
        set({ ...value, secret });
    };
    return (
        <SettingsGroup title={t('settings.webhook')} lead={t('settings.webhookLead')}>
            <Stack gap="md" maw={560}>
                <TextInput
                    label={t('settings.webhookUrl')}
                    placeholder="https://example.org/hooks/weft"
                    value={value.url}
                    onChange={(event) => set({ ...value, url: event.currentTarget.value })}
                    error={at('notifications.webhook.url')}
                />
                {shown ? (
                    <ShownOnce label={t('settings.secret')} secret={made} text={t('settings.secretOnce')} />
                ) : (
                    <PasswordInput
                        label={t('settings.secret')}
                        description={t('settings.secretHint')}
                        disabled={!value.url}
                        value={value.secret === masked ? '' : value.secret}
                        placeholder={value.secret === masked ? t('settings.secretSet') : undefined}
                        onChange={(event) => set({ ...value, secret: event.currentTarget.value })}
                        error={at('notifications.webhook.secret')}
                        autoComplete="off"
                    />
                )}
                {may_edit && value.url && !shown && (
                    <Group gap="sm">
                        <Button variant="default" size="xs" leftSection={<IconRefresh size={14} />} onClick={make}>
                            {t('settings.secretMake')}
                        </Button>
                        {value.secret === masked && (
                            <Text size="xs" c="dimmed">
                                {t('settings.secretReplaces')}
                            </Text>
                        )}
                    </Group>
                )}
            </Stack>
        </SettingsGroup>
    );
}
