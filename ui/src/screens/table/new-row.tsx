import { Button, Group, Stack } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { ApiError } from '@/api/client';
import { type Column, type RecordValues, useInsertRecord } from '@/api/records';
import { t } from '@/i18n';
import { FormError } from '@/parts/form';
import { errorsBelow, fieldOfColumn } from '@/parts/values/kinds';
import { ValueInput } from '@/parts/values/value-input';

type NewRowProps = { project: string; table: string; columns: Column[]; on_done: () => void };

const defaults = (columns: Column[]): RecordValues =>
    Object.fromEntries(
        columns
            .filter(({ default_value }) => default_value != null)
            .map((each) => [each.column_id, each.default_value]),
    );

export function NewRow({ project, table, columns, on_done }: NewRowProps) {
    const insert = useInsertRecord(project, table);
    const [values, setValues] = useState<RecordValues>(() => defaults(columns));
    // Another form after each row, so that the focus begins at its first field again.
    const [count, setCount] = useState(0);
    // Sent as the first of a list.
    const errors = insert.error instanceof ApiError ? errorsBelow(insert.error.errors, 'records.0.') : undefined;
    const has_field_errors = errors !== undefined && Object.keys(errors).length > 0;

    const save = (goes_on: boolean) =>
        insert.mutate(values, {
            onSuccess: () => {
                notifications.show({ withCloseButton: false, message: t('tables.rowAdded') });
                if (!goes_on) return on_done();
                setValues(defaults(columns));
                setCount(count + 1);
            },
        });
    return (
        <form
            onSubmit={(event) => {
                event.preventDefault();
                save(false);
            }}
        >
            <Stack gap="md" key={count}>
                {columns.map((column, index) => (
                    <ValueInput
                        key={column.column_id}
                        project={project}
                        field={fieldOfColumn(column)}
                        value={values[column.column_id]}
                        errors={errors}
                        autofocus={index === 0}
                        on_change={(value) => setValues((old) => ({ ...old, [column.column_id]: value }))}
                    />
                ))}
                {!has_field_errors && <FormError error={insert.error} />}
                <Group justify="flex-end" gap="xs">
                    <Button variant="default" disabled={insert.isPending} onClick={() => save(true)}>
                        {t('tables.saveAndNext')}
                    </Button>
                    <Button type="submit" loading={insert.isPending}>
                        {t('tables.addRow')}
                    </Button>
                </Group>
            </Stack>
        </form>
    );
}
