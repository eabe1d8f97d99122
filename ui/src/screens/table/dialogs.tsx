import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Table } from '@/api/tables';
import { t } from '@/i18n';
import { RenameTable } from '../tables/rename-table';
import type { TableDialog } from './actions';
import { ColumnForm } from './column-form';
import { ImportCsv } from './import-csv';
import { NewRow } from './new-row';

type TableDialogsProps = {
    project: string;
    table: Table;
    dialog?: TableDialog;
    may_edit: boolean;
    on_close: () => void;
};

const titles = {
    row: 'tables.addRow',
    column: 'tables.addColumn',
    import: 'tables.import',
    rename: 'tables.rename',
} as const;

export function TableDialogs({ project, table, dialog, may_edit, on_close }: TableDialogsProps) {
    const common = { project, on_done: on_close };
    const { _id: id, columns } = table;
    const bodies: Record<TableDialog, () => ReactNode> = {
        row: () => <NewRow {...common} table={id} columns={columns} />,
        column: () => <ColumnForm {...common} table={id} />,
        import: () => <ImportCsv {...common} table={id} columns={columns} may_edit={may_edit} />,
        rename: () => <RenameTable {...common} table={table} />,
    };
    return (
        <Modal
            opened={dialog !== undefined}
            onClose={on_close}
            size={dialog === 'import' || dialog === 'row' ? 'lg' : 'md'}
            title={dialog && t(titles[dialog])}
            closeOnClickOutside={dialog !== 'import'}
            closeButtonProps={{ 'aria-label': t('parts.close') }}
        >
            {dialog && bodies[dialog]()}
        </Modal>
    );
}
