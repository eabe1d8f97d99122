import { Anchor, Button, Paper, Stack, Text, TextInput } from '@mantine/core';
import { Link, useRouter } from '@tanstack/react-router';
import { useJoin } from '@/api/account';
import { ApiError } from '@/api/client';
import { t } from '@/i18n';
import { FormError, FormProblem, useForm } from '@/parts/form';
import { useFragment } from '@/parts/fragment';
import { FrontPage } from '@/parts/front-page';
import { NewPassword, passwordProblem } from '@/parts/new-password';

const empty = { name: '', email: '', password: '' };

/** Where an invitation leads: an account is made, and its owner is in. */
export default function Join() {
    const invitation = useFragment('token', 'invitation');
    return (
        <FrontPage title={t('welcome.joinTitle')} lead={t('welcome.joinLead')}>
            <Paper withBorder p="lg">
                {invitation ? <JoinForm invitation={invitation} /> : <Text size="sm">{t('welcome.joinWithout')}</Text>}
            </Paper>
            <Text ta="center" mt="md">
                <Anchor component={Link} to="/sign-in">
                    {t('welcome.toSignIn')}
                </Anchor>
            </Text>
        </FrontPage>
    );
}

function JoinForm({ invitation }: { invitation: string }) {
    const router = useRouter();
    const join = useJoin();
    const form = useForm(empty, ({ name, email, password }) => ({
        name: name.trim() ? undefined : t('parts.enterName'),
        email: email.trim() ? undefined : t('signIn.enterEmail'),
        password: passwordProblem(password),
    }));
    const submit = form.onSubmit((values) =>
        join.mutate(
            { ...values, invitation },
            { onSuccess: () => router.navigate({ to: '/' }), onError: form.showErrors },
        ),
    );
    return (
        <form onSubmit={submit} noValidate>
            <Stack gap="md">
                <TextInput {...form.field('name')} label={t('welcome.name')} autoComplete="name" autoFocus />
                <TextInput
                    {...form.field('email')}
                    label={t('signIn.email')}
                    description={t('welcome.joinEmail')}
                    type="email"
                    autoComplete="username"
                />
                <NewPassword {...form.field('password')} label={t('signIn.password')} />
                <JoinProblem error={join.error} />
                <Button type="submit" loading={join.isPending} fullWidth>
                    {t('welcome.join')}
                </Button>
            </Stack>
        </form>
    );
}

function JoinProblem({ error }: { error: Error | null }) {
    // Who has an account already shows with its password that it is his.
    if (error instanceof ApiError && error.status === 401) return <FormProblem text={t('welcome.joinWrong')} />;
    if (error instanceof ApiError && error.status === 404) return <FormProblem text={t('welcome.joinUsed')} />;
    return <FormError error={error} />;
}
