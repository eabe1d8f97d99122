import { Stack, Textarea, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useCreateFlow } from '@/api/flows';
import { t } from '@/i18n';
import { FormActions, FormError, useForm } from '@/parts/form';

/** Only a name: everything else is done in the builder, to which it leads. */
export function CreateFlow({ project, on_done }: { project: string; on_done: () => void }) {
    const create = useCreateFlow(project);
    const navigate = useNavigate();
    const form = useForm({ name: '', description: '' }, ({ name }) => ({
        name: name.trim() ? undefined : t('parts.enterName'),
    }));
    const submit = form.onSubmit((values) =>
        create.mutate(values, {
            onSuccess: ({ _id }) => {
                on_done();
                void navigate({ to: '/p/$project/flows/$flow', params: { project, flow: _id } });
            },
            onError: form.showErrors,
        }),
    );
    return (
        <form onSubmit={submit} noValidate>
            <Stack gap="md">
                <TextInput {...form.field('name')} label={t('flows.name')} maxLength={200} data-autofocus />
                <Textarea {...form.field('description')} label={t('flows.description')} />
                <FormError error={create.error} />
                <FormActions submit={t('flows.createSubmit')} busy={create.isPending} on_cancel={on_done} />
            </Stack>
        </form>
    );
}
