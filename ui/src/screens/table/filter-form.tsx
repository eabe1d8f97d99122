import { Button, Group, Modal, Select, Stack } from '@mantine/core';
import { useState } from 'react';
import type { Column, Condition } from '@/api/records';
import { t } from '@/i18n';
import { fieldOfColumn } from '@/parts/values/kinds';
import { ValueInput } from '@/parts/values/value-input';
import { conditionOf, operatorsOf } from './conditions';

type FilterFormProps = {
    project: string;
    columns: Column[];
    /** Which column is asked about first. */
    column: Column;
    on_add: (condition: Condition) => void;
    on_close: () => void;
};

/** One more condition that rows must meet. */
export function FilterForm({ project, columns, column: first, on_add, on_close }: FilterFormProps) {
    const [column, setColumn] = useState(first);
    const [operator, setOperator] = useState(operatorsOf(first)[0]?.id ?? 'exists');
    const [value, setValue] = useState<unknown>();
    const known = operatorsOf(column);
    const has_value = known.find(({ id }) => id === operator)?.has_value ?? false;
    // Nobody has touched the switch of a boolean: it says no.
    const chosen = column.column_type === 'Boolean' ? value === true : value;

    const choose = (id: string | null) => {
        const next = columns.find(({ column_id }) => column_id === id) ?? column;
        setColumn(next);
        setOperator(operatorsOf(next)[0]?.id ?? 'exists');
        setValue(undefined);
    };
    return (
        <Modal
            opened
            onClose={on_close}
            title={t('tables.filterTitle')}
            closeButtonProps={{ 'aria-label': t('parts.close') }}
        >
            <form
                onSubmit={(event) => {
                    event.preventDefault();
                    on_add(conditionOf(column.column_id, operator, chosen));
                }}
            >
                <Stack gap="md">
                    <Select
                        label={t('tables.column')}
                        searchable
                        value={column.column_id}
                        onChange={choose}
                        data={columns.map(({ column_id, column_name }) => ({ value: column_id, label: column_name }))}
                    />
                    <Select
                        label={t('tables.condition')}
                        value={operator}
                        onChange={(id) => setOperator(id ?? 'exists')}
                        data={known.map(({ id, text }) => ({ value: id, label: t(text) }))}
                    />
                    {has_value && (
                        <ValueInput
                            key={column.column_id}
                            project={project}
                            field={{ ...fieldOfColumn(column), label: t('tables.value') }}
                            value={value}
                            on_change={setValue}
                            autofocus
                        />
                    )}
                    <Group justify="flex-end" gap="xs">
                        <Button variant="default" onClick={on_close}>
                            {t('parts.cancel')}
                        </Button>
                        <Button type="submit" disabled={has_value && chosen === undefined}>
                            {t('tables.addFilter')}
                        </Button>
                    </Group>
                </Stack>
            </form>
        </Modal>
    );
}
