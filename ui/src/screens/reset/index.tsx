import { Button, Paper, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useSetPassword } from '@/api/account';
import { ApiError } from '@/api/client';
import { t } from '@/i18n';
import { FormError, FormProblem, useForm } from '@/parts/form';
import { useFragment } from '@/parts/fragment';
import { FrontPage } from '@/parts/front-page';
import { NewPassword, passwordProblem } from '@/parts/new-password';

/** Where the link for a new password leads. */
export default function Reset() {
    const token = useFragment('token', 'reset');
    const set = useSetPassword();
    return (
        <FrontPage title={t('welcome.resetTitle')} lead={t('welcome.resetLead')}>
            <Paper withBorder p="lg">
                {set.isSuccess && (
                    <Stack gap="md">
                        <Text size="sm" role="status">
                            {t('welcome.resetDone')}
                        </Text>
                        <Button renderRoot={(props) => <Link to="/sign-in" {...props} />} fullWidth>
                            {t('signIn.title')}
                        </Button>
                    </Stack>
                )}
                {!set.isSuccess && token && <ResetForm token={token} set={set} />}
                {!token && <Text size="sm">{t('welcome.resetWithout')}</Text>}
            </Paper>
        </FrontPage>
    );
}

function ResetForm({ token, set }: { token: string; set: ReturnType<typeof useSetPassword> }) {
    const form = useForm({ new_password: '' }, ({ new_password }) => ({ new_password: passwordProblem(new_password) }));
    const used = set.error instanceof ApiError && set.error.status === 404;
    return (
        <form
            onSubmit={form.onSubmit((values) => set.mutate({ ...values, token }, { onError: form.showErrors }))}
            noValidate
        >
            <Stack gap="md">
                <NewPassword {...form.field('new_password')} label={t('organization.newPassword')} autoFocus />
                {used ? <FormProblem text={t('welcome.resetUsed')} /> : <FormError error={set.error} />}
                <Button type="submit" loading={set.isPending} fullWidth>
                    {t('welcome.resetDeed')}
                </Button>
            </Stack>
        </form>
    );
}
