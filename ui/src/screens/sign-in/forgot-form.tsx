import { Anchor, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useForgotPassword } from '@/api/session';
import { t } from '@/i18n';
import { FormError, useForm } from '@/parts/form';

type ForgotFormProps = { sends_mail: boolean; on_back: () => void };

export function ForgotForm({ sends_mail, on_back }: ForgotFormProps) {
    const forgot = useForgotPassword();
    const form = useForm({ email: '' }, ({ email }) => ({
        email: email.trim() ? undefined : t('signIn.enterEmail'),
    }));
    const says = sends_mail ? forgot.isSuccess && t('signIn.sent') : t('signIn.askAdmin');
    return (
        <Stack gap="md">
            {says ? (
                <Text size="sm" role="status">
                    {says}
                </Text>
            ) : (
                <form
                    onSubmit={form.onSubmit((values) => forgot.mutate(values, { onError: form.showErrors }))}
                    noValidate
                >
                    <Stack gap="md">
                        <TextInput
                            {...form.field('email')}
                            label={t('signIn.email')}
                            type="email"
                            autoComplete="username"
                            autoFocus
                        />
                        <FormError error={forgot.error} />
                        <Button type="submit" loading={forgot.isPending} fullWidth>
                            {t('signIn.sendLink')}
                        </Button>
                    </Stack>
                </form>
            )}
            <Group justify="center">
                <Anchor component="button" type="button" onClick={on_back}>
                    {t('signIn.back')}
                </Anchor>
            </Group>
        </Stack>
    );
}
