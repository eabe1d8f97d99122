import { Button, Divider, Paper } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Navigate } from '@tanstack/react-router';
import { useState } from 'react';
import { signInMethodsQuery } from '@/api/session';
import { t } from '@/i18n';
import { FrontPage } from '@/parts/front-page';
import { ForgotForm } from './forgot-form';
import { SignInForm } from './sign-in-form';

export default function SignIn() {
    const [forgot, setForgot] = useState(false);
    const methods = useQuery(signInMethodsQuery).data;
    // Nobody can sign in yet.
    if (methods?.needs_owner) return <Navigate to="/welcome" replace />;
    return (
        <FrontPage
            title={forgot ? t('signIn.forgotTitle') : t('signIn.title')}
            lead={forgot ? t('signIn.forgotLead') : t('signIn.lead')}
        >
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
        </FrontPage>
    );
}
