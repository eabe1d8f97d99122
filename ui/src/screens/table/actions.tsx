import { ActionIcon, Button, Menu } from '@mantine/core';
import {
    IconColumnInsertRight,
    IconDots,
    IconFileExport,
    IconFileImport,
    IconPencil,
    IconPlus,
} from '@tabler/icons-react';
import { exportUrl } from '@/api/records';
import { t } from '@/i18n';

export type TableDialog = 'row' | 'column' | 'import' | 'rename';

type TableActionsProps = {
    project: string;
    table: string;
    may: { operate: boolean; edit: boolean };
    has_columns: boolean;
    on_open: (dialog: TableDialog) => void;
};

export function TableActions({ project, table, may, has_columns, on_open }: TableActionsProps) {
    return (
        <>
            <Menu width={220}>
                <Menu.Target>
                    <ActionIcon variant="default" size={36} aria-label={t('tables.more')}>
                        <IconDots size={18} stroke={1.75} />
                    </ActionIcon>
                </Menu.Target>
                <Menu.Dropdown>
                    {may.operate && (
                        <Menu.Item leftSection={<IconFileImport size={16} />} onClick={() => on_open('import')}>
                            {t('tables.import')}
                        </Menu.Item>
                    )}
                    <Menu.Item
                        component="a"
                        href={exportUrl(project, table, 'csv')}
                        download
                        leftSection={<IconFileExport size={16} />}
                    >
                        {t('tables.exportCsv')}
                    </Menu.Item>
                    <Menu.Item
                        component="a"
                        href={exportUrl(project, table, 'json')}
                        download
                        leftSection={<IconFileExport size={16} />}
                    >
                        {t('tables.exportJson')}
                    </Menu.Item>
                    {may.edit && (
                        <>
                            <Menu.Divider />
                            <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => on_open('rename')}>
                                {t('tables.rename')}
                            </Menu.Item>
                        </>
                    )}
                </Menu.Dropdown>
            </Menu>
            {may.edit && (
                <Button
                    variant="default"
                    leftSection={<IconColumnInsertRight size={16} stroke={1.75} />}
                    onClick={() => on_open('column')}
                >
                    {t('tables.addColumn')}
                </Button>
            )}
            {may.operate && has_columns && (
                <Button leftSection={<IconPlus size={16} />} onClick={() => on_open('row')}>
                    {t('tables.addRow')}
                </Button>
            )}
        </>
    );
}
