import { Button, Group, Text } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { ApiError } from '@/api/client';
import { t } from '@/i18n';
import { detailOf, whatToDo } from './error-view';
import classes from './form.module.css';

type Errors<T> = Partial<Record<keyof T, string>>;

/**
 * The state of a short form: values, and errors by field: those of `check` when it is sent, or the server's.
 * `field('name')` gives an input its value, its error and its onChange.
 */
export function useForm<T extends Record<string, string>>(initial: T, check: (values: T) => Errors<T> = () => ({})) {
    const [values, setValues] = useState(initial);
    const [errors, setErrors] = useState<Errors<T>>({});

    const set = <K extends keyof T>(name: K, value: T[K]) => {
        setValues((old) => ({ ...old, [name]: value }));
        setErrors((old) => ({ ...old, [name]: undefined }));
    };
    const field = (name: keyof T & string) => ({
        name,
        value: values[name],
        error: errors[name],
        onChange: (event: { currentTarget: { value: string } }) =>
            set(name, event.currentTarget.value as T[typeof name]),
    });
    const onSubmit = (submit: (values: T) => void) => (event: FormEvent) => {
        event.preventDefault();
        const found = check(values);
        setErrors(found);
        if (!Object.values(found).some(Boolean)) submit(values);
    };
    /** To a mutation's onError. */
    const showErrors = (error: unknown) => {
        if (!(error instanceof ApiError)) return;
        setErrors(Object.fromEntries(error.errors.map(({ field, message }) => [field, message])) as Errors<T>);
    };
    return { values, field, set, onSubmit, showErrors };
}

/** Above the buttons: what belongs to no field. */
export function FormError({ error }: { error: unknown }) {
    if (!error) return null;
    return <FormProblem text={`${detailOf(error)} ${whatToDo(error)}`} />;
}

export function FormProblem({ text }: { text: string }) {
    return (
        <Text className={classes.error} role="alert" size="sm">
            {text}
        </Text>
    );
}

type FormActionsProps = { submit: string; busy: boolean; on_cancel?: () => void };

export function FormActions({ submit, busy, on_cancel }: FormActionsProps) {
    return (
        <Group justify="flex-end" gap="xs" mt="xs">
            {on_cancel && (
                <Button variant="default" onClick={on_cancel}>
                    {t('parts.cancel')}
                </Button>
            )}
            <Button type="submit" loading={busy}>
                {submit}
            </Button>
        </Group>
    );
}
