import { Stack, TextInput } from '@mantine/core';
import { type Table, useRenameTable } from '@/api/tables';
import { t } from '@/i18n';
import { FormActions, FormError, useForm } from '@/parts/form';

type RenameTableProps = { project: string; table: Table; on_done: () => void };

export function RenameTable({ project, table, on_done }: RenameTableProps) {
    const rename = useRenameTable(project);
    const form = useForm({ table_name: table.table_name }, ({ table_name }) => ({
        table_name: table_name.trim() ? undefined : t('parts.enterName'),
    }));
    const submit = form.onSubmit(({ table_name }) =>
        rename.mutate({ table_id: table._id, table_name }, { onSuccess: on_done, onError: form.showErrors }),
    );
    return (
        <form onSubmit={submit} noValidate>
            <Stack gap="md">
                <TextInput {...form.field('table_name')} label={t('tables.name')} data-autofocus />
                <FormError error={rename.error} />
                <FormActions submit={t('tables.rename')} busy={rename.isPending} on_cancel={on_done} />
            </Stack>
        </form>
    );
}
