import { Stack, Textarea, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useCreateTable } from '@/api/tables';
import { t } from '@/i18n';
import { FormActions, FormError, useForm } from '@/parts/form';

const empty = { table_name: '', columns: '' };

const columnsIn = (text: string) =>
    text
        .split(/[\n,]/)
        .map((name) => name.trim())
        .filter(Boolean)
        .map((column_name) => ({ column_name, column_type: 'String' }));

export function CreateTable({ project, on_done }: { project: string; on_done: () => void }) {
    const create = useCreateTable(project);
    const form = useForm(empty, ({ table_name }) => ({
        table_name: table_name.trim() ? undefined : t('parts.enterName'),
    }));
    const submit = form.onSubmit(({ table_name, columns }) =>
        create.mutate(
            { table_name, columns: columnsIn(columns) },
            {
                onSuccess: () => {
                    notifications.show({ withCloseButton: false, message: t('tables.created', { name: table_name }) });
                    on_done();
                },
                onError: form.showErrors,
            },
        ),
    );
    return (
        <form onSubmit={submit} noValidate>
            <Stack gap="md">
                <TextInput {...form.field('table_name')} label={t('tables.name')} data-autofocus />
                <Textarea
                    {...form.field('columns')}
                    label={t('tables.columns')}
                    description={t('tables.columnsHint')}
                />
                <FormError error={create.error} />
                <FormActions submit={t('tables.createSubmit')} busy={create.isPending} on_cancel={on_done} />
            </Stack>
        </form>
    );
}
