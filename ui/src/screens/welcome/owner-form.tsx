import { Button, Paper, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { useMakeOwner } from '@/api/account';
import { ApiError } from '@/api/client';
import { t } from '@/i18n';
import { FormError, FormProblem, useForm } from '@/parts/form';
import { NewPassword, passwordProblem } from '@/parts/new-password';
import classes from './welcome.module.css';

type OwnerFormProps = { initial_key: string; on_made: () => void };

/** The key came with the link, or is pasted; it makes the first account and is kept nowhere. */
export function OwnerForm({ initial_key, on_made }: OwnerFormProps) {
    const make = useMakeOwner();
    const form = useForm({ key: initial_key, name: '', email: '', password: '' }, ({ key, name, email, password }) => ({
        key: key.trim() ? undefined : t('welcome.enterKey'),
        name: name.trim() ? undefined : t('parts.enterName'),
        email: email.trim() ? undefined : t('signIn.enterEmail'),
        password: passwordProblem(password),
    }));
    const submit = form.onSubmit(({ key, ...values }) =>
        make.mutate({ ...values, key: key.trim() }, { onSuccess: on_made, onError: form.showErrors }),
    );
    const refused = make.error instanceof ApiError && (make.error.status === 401 || make.error.status === 403);
    const asks_key = !initial_key || refused;
    return (
        <Paper withBorder p="lg">
            <form onSubmit={submit} noValidate>
                <Stack gap="md">
                    {asks_key ? (
                        <PasswordInput
                            {...form.field('key')}
                            label={t('welcome.key')}
                            description={t('welcome.keyHint')}
                            autoComplete="off"
                            autoFocus
                        />
                    ) : (
                        <Text size="sm" className={classes.ready}>
                            <IconCircleCheck size={16} aria-hidden /> {t('welcome.keyThere')}
                        </Text>
                    )}
                    <TextInput
                        {...form.field('name')}
                        label={t('welcome.name')}
                        autoComplete="name"
                        autoFocus={!asks_key}
                    />
                    <TextInput
                        {...form.field('email')}
                        label={t('signIn.email')}
                        type="email"
                        autoComplete="username"
                    />
                    <NewPassword {...form.field('password')} label={t('signIn.password')} />
                    {refused ? <FormProblem text={t('welcome.keyRefused')} /> : <FormError error={make.error} />}
                    <Button type="submit" loading={make.isPending} fullWidth>
                        {t('welcome.makeOwner')}
                    </Button>
                </Stack>
            </form>
        </Paper>
    );
}
