import { Menu, UnstyledButton } from '@mantine/core';
import {
    type Icon,
    IconAbc,
    IconArrowDown,
    IconArrowUp,
    IconBraces,
    IconBrackets,
    IconCalendar,
    IconFilter,
    IconHash,
    IconList,
    IconPaperclip,
    IconPencil,
    IconSquareCheck,
    IconTrash,
} from '@tabler/icons-react';
import type { Column, ColumnType } from '@/api/records';
import { t } from '@/i18n';
import classes from './grid.module.css';

type ColumnHeadProps = {
    column: Column;
    sort?: string;
    may_edit: boolean;
    /** Not of the table's own columns: it is neither filtered nor changed. */
    is_ours?: boolean;
    on_sort: (sort: string) => void;
    on_filter: (column: Column) => void;
    on_edit: (column: Column) => void;
    on_delete: (column: Column) => void;
};

export const column_icons: Record<ColumnType, Icon> = {
    String: IconAbc,
    Number: IconHash,
    Boolean: IconSquareCheck,
    Date: IconCalendar,
    Array: IconBrackets,
    Object: IconBraces,
    Enum: IconList,
    File: IconPaperclip,
};

export function ColumnHead(props: ColumnHeadProps) {
    const { column, sort, may_edit, is_ours, on_sort, on_filter, on_edit, on_delete } = props;
    const TypeIcon = column_icons[column.column_type];
    const id = column.column_id;
    const direction = sort === id ? 'ascending' : sort === `-${id}` ? 'descending' : undefined;
    return (
        <th scope="col" aria-sort={direction} className={classes.head}>
            <Menu position="bottom-start" width={200}>
                <Menu.Target>
                    <UnstyledButton className={classes.headButton}>
                        <TypeIcon size={14} stroke={1.75} aria-hidden />
                        <span>{column.column_name}</span>
                        {direction === 'ascending' && <IconArrowUp size={13} aria-hidden />}
                        {direction === 'descending' && <IconArrowDown size={13} aria-hidden />}
                    </UnstyledButton>
                </Menu.Target>
                <Menu.Dropdown>
                    <Menu.Item leftSection={<IconArrowUp size={15} />} onClick={() => on_sort(id)}>
                        {t('tables.ascending')}
                    </Menu.Item>
                    <Menu.Item leftSection={<IconArrowDown size={15} />} onClick={() => on_sort(`-${id}`)}>
                        {t('tables.descending')}
                    </Menu.Item>
                    {!is_ours && (
                        <Menu.Item leftSection={<IconFilter size={15} />} onClick={() => on_filter(column)}>
                            {t('tables.filterBy')}
                        </Menu.Item>
                    )}
                    {may_edit && (
                        <>
                            <Menu.Divider />
                            <Menu.Item leftSection={<IconPencil size={15} />} onClick={() => on_edit(column)}>
                                {t('tables.editColumn')}
                            </Menu.Item>
                            <Menu.Item
                                color="var(--weft-bad)"
                                leftSection={<IconTrash size={15} />}
                                onClick={() => on_delete(column)}
                            >
                                {t('tables.deleteColumn')}
                            </Menu.Item>
                        </>
                    )}
                </Menu.Dropdown>
            </Menu>
        </th>
    );
}
