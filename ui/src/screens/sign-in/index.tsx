import { Box, Button, Divider, Paper, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { signInMethodsQuery } from '@/api/session';
import { ThemeButton } from '@/app/theme-button';
import { t } from '@/i18n';
import { WeftMark } from '@/parts/marks';
import { ForgotForm } from './forgot-form';
import classes from './sign-in.module.css';
import { SignInForm } from './sign-in-form';

export default function SignIn() {
    const [forgot, setForgot] = useState(false);
    const methods = useQuery(signInMethodsQuery).data;
    const title = forgot ? t('signIn.forgotTitle') : t('signIn.title');
    useEffect(() => {
        document.title = `${title} · Weft`;
    }, [title]);
    return (
        <Box className={classes.page}>
            <Box pos="absolute" top={12} right={12}>
                <ThemeButton />
            </Box>
            <main className={classes.main}>
                <Stack align="center" gap={4} mb="lg">
                    <WeftMark size={40} />
                    <Title order={1} mt="sm">
                        {title}
                    </Title>
                    <Text size="sm" c="dimmed" ta="center">
                        {forgot ? t('signIn.forgotLead') : t('signIn.lead')}
                    </Text>
                </Stack>
                <Paper withBorder p="lg">
                    {forgot ? (
                        <ForgotForm sends_mail={methods?.forgot_password ?? false} on_back={() => setForgot(false)} />
                    ) : (
                        <SignInForm on_forgot={() => setForgot(true)} />
                    )}
                    {!forgot && methods?.provider && (
                        <>
                            <Divider my="md" label={t('signIn.or')} />
                            <Button component="a" href="/auth/oidc/login" variant="default" fullWidth>
                                {t('signIn.with', { provider: methods.provider })}
                            </Button>
                        </>
                    )}
                </Paper>
            </main>
        </Box>
    );
}
