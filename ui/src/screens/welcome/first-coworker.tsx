import { Stack, Textarea, TextInput } from '@mantine/core';
import { useRouter } from '@tanstack/react-router';
import { useChangeProject, useCreateProject } from '@/api/projects';
import { t } from '@/i18n';
import { FormActions, FormError, useForm } from '@/parts/form';

type FirstCoworkerProps = {
    orgId: string;
    /** An empty project that takes the name; left out: a new one. */
    into?: string;
    on_cancel: () => void;
};

export function FirstCoworker({ orgId, into, on_cancel }: FirstCoworkerProps) {
    const router = useRouter();
    const create = useCreateProject();
    const change = useChangeProject(into ?? '');
    const used = into ? change : create;
    const form = useForm({ projectName: '', coworker_role: '', description: '' }, ({ projectName }) => ({
        projectName: projectName.trim() ? undefined : t('parts.enterName'),
    }));
    const done = {
        onSuccess: ({ _id }: { _id: string }) =>
            router.navigate({ to: '/p/$project/overview', params: { project: _id } }),
        onError: form.showErrors,
    };
    const submit = form.onSubmit((values) =>
        into ? change.mutate(values, done) : create.mutate({ ...values, orgId }, done),
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
                <FormError error={used.error} />
                <FormActions submit={t('coworkers.createSubmit')} busy={used.isPending} on_cancel={on_cancel} />
            </Stack>
        </form>
    );
}
