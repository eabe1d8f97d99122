import { Anchor, Button, Group, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useRouter, useSearch } from '@tanstack/react-router';
import { ApiError } from '@/api/client';
import { useSignIn } from '@/api/session';
import { t } from '@/i18n';
import { FormError, FormProblem, useForm } from '@/parts/form';

const empty = { email: '', password: '' };

export function SignInForm({ on_forgot }: { on_forgot: () => void }) {
    const router = useRouter();
    const next = useSearch({ from: '/sign-in' }).next ?? '/';
    const sign_in = useSignIn();
    const form = useForm(empty, ({ email, password }) => ({
        email: email.trim() ? undefined : t('signIn.enterEmail'),
        password: password ? undefined : t('signIn.enterPassword'),
    }));
    const submit = form.onSubmit((values) =>
        sign_in.mutate(values, { onSuccess: () => router.history.push(`/app${next}`), onError: form.showErrors }),
    );
    return (
        <form onSubmit={submit} noValidate>
            <Stack gap="md">
                <TextInput
                    {...form.field('email')}
                    label={t('signIn.email')}
                    type="email"
                    autoComplete="username"
                    autoFocus
                />
                <PasswordInput
                    {...form.field('password')}
                    label={t('signIn.password')}
                    autoComplete="current-password"
                />
                <SignInProblem error={sign_in.error} />
                <Button type="submit" loading={sign_in.isPending} fullWidth>
                    {t('signIn.title')}
                </Button>
                <Group justify="center">
                    <Anchor component="button" type="button" onClick={on_forgot}>
                        {t('signIn.forgot')}
                    </Anchor>
                </Group>
            </Stack>
        </form>
    );
}

function SignInProblem({ error }: { error: Error | null }) {
    if (error instanceof ApiError && error.status === 401) return <FormProblem text={t('signIn.wrong')} />;
    if (error instanceof ApiError && error.status === 429) return <FormProblem text={t('signIn.wait')} />;
    return <FormError error={error} />;
}
