import { Stack, Textarea, TextInput } from '@mantine/core';
import { useRouter } from '@tanstack/react-router';
import { useCreateProject } from '@/api/projects';
import { useSession } from '@/api/session';
import { t } from '@/i18n';
import { FormActions, FormError, useForm } from '@/parts/form';

const empty = { projectName: '', coworker_role: '', description: '' };

export function CreateCoworker({ on_done }: { on_done: () => void }) {
    const router = useRouter();
    const session = useSession();
    const create = useCreateProject();
    const form = useForm(empty, ({ projectName }) => ({
        projectName: projectName.trim() ? undefined : t('parts.enterName'),
    }));
    const submit = form.onSubmit((values) =>
        create.mutate(
            { ...values, orgId: session?.orgId ?? '' },
            {
                onSuccess: ({ _id }) => {
                    on_done();
                    void router.navigate({ to: '/p/$project/overview', params: { project: _id } });
                },
                onError: form.showErrors,
            },
        ),
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
                <FormError error={create.error} />
                <FormActions submit={t('coworkers.createSubmit')} busy={create.isPending} on_cancel={on_done} />
            </Stack>
        </form>
    );
}
