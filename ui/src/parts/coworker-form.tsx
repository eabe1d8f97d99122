import { Stack, Textarea, TextInput } from '@mantine/core';
import { useRouter } from '@tanstack/react-router';
import { t } from '@/i18n';
import { FormActions, FormError, useForm } from './form';

export type CoworkerValues = { projectName: string; coworker_role: string; description: string };

type Done = { onSuccess: (project: { _id: string }) => void; onError: (error: Error) => void };

type CoworkerFormProps = {
    save: (values: CoworkerValues, done: Done) => void;
    saving: { error: Error | null; isPending: boolean };
    on_saved?: () => void;
    on_cancel: () => void;
};

/** Who a coworker is; when that is saved, the way leads to it. */
export function CoworkerForm({ save, saving, on_saved, on_cancel }: CoworkerFormProps) {
    const router = useRouter();
    const form = useForm({ projectName: '', coworker_role: '', description: '' }, ({ projectName }) => ({
        projectName: projectName.trim() ? undefined : t('parts.enterName'),
    }));
    const submit = form.onSubmit((values) =>
        save(values, {
            onSuccess: ({ _id }) => {
                on_saved?.();
                void router.navigate({ to: '/p/$project/overview', params: { project: _id } });
            },
            onError: form.showErrors,
        }),
    );
    return (
        <form onSubmit={submit} noValidate>
            <Stack gap="md">
                <TextInput {...form.field('projectName')} label={t('coworkers.name')} data-autofocus />
                <TextInput
                    {...form.field('coworker_role')}
                    label={t('coworkers.role')}
                    placeholder={t('coworkers.rolePlaceholder')}
                />
                <Textarea {...form.field('description')} label={t('coworkers.description')} />
                <FormError error={saving.error} />
                <FormActions submit={t('coworkers.createSubmit')} busy={saving.isPending} on_cancel={on_cancel} />
            </Stack>
        </form>
    );
}
