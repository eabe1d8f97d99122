import { PasswordInput, Progress, Text } from '@mantine/core';
import type { ComponentProps } from 'react';
import { password_length_min } from '@/api/account';
import { t } from '@/i18n';

type StrengthKey = 'parts.passwordShort' | 'parts.passwordWeak' | 'parts.passwordGood' | 'parts.passwordStrong';
type Strength = { share: number; tone: string; text: StrengthKey };

/** A hint, not a gate: length counts most, as a few words are better than one with signs. */
export function strengthOf(password: string): Strength {
    const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(password)).length;
    const distinct = new Set(password).size;
    if (password.length < password_length_min)
        return { share: 25, tone: 'var(--weft-bad)', text: 'parts.passwordShort' };
    if (distinct < 6 || password.length + 2 * kinds < 16)
        return { share: 50, tone: 'var(--weft-warn)', text: 'parts.passwordWeak' };
    if (password.length + 2 * kinds < 22) return { share: 75, tone: 'var(--weft-good)', text: 'parts.passwordGood' };
    return { share: 100, tone: 'var(--weft-good)', text: 'parts.passwordStrong' };
}

/** Bytes are what the server counts. */
export const passwordProblem = (password: string) =>
    new TextEncoder().encode(password).length < password_length_min
        ? t('parts.passwordTooShort', { count: password_length_min })
        : undefined;

/** A new password, and how good it is. */
export function NewPassword(props: ComponentProps<typeof PasswordInput> & { value: string }) {
    const { share, tone, text } = strengthOf(props.value);
    return (
        <div>
            <PasswordInput autoComplete="new-password" {...props} />
            <Progress value={props.value ? share : 0} color={tone} size={3} mt={8} aria-hidden />
            <Text size="xs" c="dimmed" mt={4} aria-live="polite">
                {props.value ? t(text) : t('parts.passwordHint', { count: password_length_min })}
            </Text>
        </div>
    );
}
