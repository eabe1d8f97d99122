import { Button, Group, Modal, Stack } from '@mantine/core';
import { useState } from 'react';
import type { Column } from '@/api/records';
import { t } from '@/i18n';
import { fieldOfColumn } from '@/parts/values/kinds';
import { ValueInput } from '@/parts/values/value-input';

type CellDialogProps = {
    project: string;
    column: Column;
    value: unknown;
    on_save: (value: unknown) => void;
    on_close: () => void;
};

/** For what does not fit into one line: long texts, lists, objects, files. */
export function CellDialog({ project, column, value, on_save, on_close }: CellDialogProps) {
    const [typed, setTyped] = useState<unknown>(value ?? undefined);
    return (
        <Modal
            opened
            onClose={on_close}
            size="lg"
            title={column.column_name}
            closeButtonProps={{ 'aria-label': t('parts.close') }}
        >
            <form
                onSubmit={(event) => {
                    event.preventDefault();
                    on_save(typed ?? null);
                }}
            >
                <Stack gap="md">
                    <ValueInput
                        project={project}
                        field={fieldOfColumn(column)}
                        value={typed}
                        on_change={setTyped}
                        autofocus
                    />
                    <Group justify="flex-end" gap="xs">
                        <Button variant="default" onClick={on_close}>
                            {t('parts.cancel')}
                        </Button>
                        <Button type="submit">{t('tables.save')}</Button>
                    </Group>
                </Stack>
            </form>
        </Modal>
    );
}
