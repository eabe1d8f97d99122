import { Badge, Button, PasswordInput, Stack } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { sessionsQuery, useChangePassword, useEndSession } from '@/api/account';
import type { Schemas } from '@/api/client';
import { signInMethodsQuery, useSession } from '@/api/session';
import { t } from '@/i18n';
import { FormActions, FormError, useForm } from '@/parts/form';
import { NewPassword, passwordProblem } from '@/parts/new-password';
import { QueryView } from '@/parts/query-view';
import { RelativeTime } from '@/parts/relative-time';
import { SettingsCard, SettingsGroup, SettingsRow } from '@/parts/settings-group';
import { TextSkeleton } from '@/parts/skeletons';

type OneSession = Schemas['SessionList']['sessions'][number];

/** One's own: who one is here, the password, and where one is signed in. */
export function AccountSection() {
    const user = useSession()?.user;
    const provider = useQuery(signInMethodsQuery).data?.provider;
    return (
        <>
            <SettingsGroup title={t('organization.account')}>
                <SettingsCard>
                    <SettingsRow title={user?.name || user?.email} text={user?.email}>
                        {provider && (
                            <Button
                                component="a"
                                href="/auth/oidc/login?link=true&next=/app/settings/account"
                                variant="default"
                                size="xs"
                            >
                                {t('organization.linkProvider', { provider })}
                            </Button>
                        )}
                    </SettingsRow>
                </SettingsCard>
            </SettingsGroup>
            <Password />
            <Sessions />
        </>
    );
}

const empty = { current_password: '', new_password: '' };

function Password() {
    const change = useChangePassword();
    // A new form each time: nothing of a password stays.
    const [round, setRound] = useState(0);
    return (
        <SettingsGroup title={t('organization.password')} lead={t('organization.passwordLead')}>
            <PasswordForm
                key={round}
                change={change}
                on_done={() => {
                    setRound(round + 1);
                    notifications.show({ withCloseButton: false, message: t('organization.passwordChanged') });
                }}
            />
        </SettingsGroup>
    );
}

type PasswordFormProps = { change: ReturnType<typeof useChangePassword>; on_done: () => void };

function PasswordForm({ change, on_done }: PasswordFormProps) {
    const form = useForm(empty, ({ current_password, new_password }) => ({
        current_password: current_password ? undefined : t('signIn.enterPassword'),
        new_password: passwordProblem(new_password),
    }));
    const submit = form.onSubmit((values) => change.mutate(values, { onSuccess: on_done, onError: form.showErrors }));
    return (
        <form onSubmit={submit} noValidate>
            <Stack gap="md" maw={360}>
                <PasswordInput
                    {...form.field('current_password')}
                    label={t('organization.currentPassword')}
                    autoComplete="current-password"
                />
                <NewPassword {...form.field('new_password')} label={t('organization.newPassword')} />
                <FormError error={change.error} />
                <FormActions submit={t('organization.changePassword')} busy={change.isPending} />
            </Stack>
        </form>
    );
}

function Sessions() {
    const sessions = useQuery(sessionsQuery);
    return (
        <SettingsGroup title={t('organization.sessions')} lead={t('organization.sessionsLead')}>
            <QueryView query={sessions} skeleton={<TextSkeleton lines={4} />}>
                {(rows) => (
                    <SettingsCard>
                        {rows.map((session) => (
                            <SessionRow key={session._id} session={session} />
                        ))}
                    </SettingsCard>
                )}
            </QueryView>
        </SettingsGroup>
    );
}

/** "Firefox on Linux": enough to know one's own again. */
function browserOf(user_agent: string): string {
    const browser = /(Edg|OPR|Firefox|Chrome|Safari)\/\d/.exec(user_agent)?.[1];
    const system = /(Android|iPhone|iPad|Windows|Mac OS X|Linux)/.exec(user_agent)?.[1];
    const names: Record<string, string> = { Edg: 'Edge', OPR: 'Opera', 'Mac OS X': 'macOS' };
    const said = [browser, system].flatMap((name) => (name ? [names[name] ?? name] : []));
    return said.join(' · ') || user_agent.slice(0, 60) || t('organization.unknownBrowser');
}

function SessionRow({ session }: { session: OneSession }) {
    const end = useEndSession();
    const browser = browserOf(session.user_agent);
    return (
        <SettingsRow
            title={
                <>
                    {browser}{' '}
                    {session.is_current && (
                        <Badge size="sm" c="var(--weft-accent-text)">
                            {t('organization.thisBrowser')}
                        </Badge>
                    )}
                </>
            }
            text={
                <>
                    {session.address} · {t('organization.lastUsed')} <RelativeTime when={session.last_used_at} />
                </>
            }
        >
            {!session.is_current && (
                <Button
                    variant="default"
                    size="xs"
                    loading={end.isPending}
                    onClick={() => end.mutate(session._id)}
                    aria-label={t('organization.endSessionOf', { name: browser })}
                >
                    {t('organization.endSession')}
                </Button>
            )}
        </SettingsRow>
    );
}
