import { Group, Table, UnstyledButton } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import {
    type ColumnDef,
    createColumnHelper,
    createSortedRowModel,
    type RowData,
    rowSortingFeature,
    type SortingState,
    sortFn_alphanumeric,
    sortFn_basic,
    tableFeatures,
    useTable,
} from '@tanstack/react-table';
import { useState } from 'react';
import classes from './data-table.module.css';

const features = tableFeatures({
    rowSortingFeature,
    sortedRowModel: createSortedRowModel(),
    sortFns: { alphanumeric: sortFn_alphanumeric, basic: sortFn_basic, auto: sortFn_alphanumeric },
});

export type Column<T extends RowData> = ColumnDef<typeof features, T>;
/** `const columns = columnsOf<Table>().columns([helper.accessor(…)])`: outside of render, or in useMemo. */
export const columnsOf = <T extends RowData>() => createColumnHelper<typeof features, T>();

type DataTableProps<T extends RowData> = {
    /** For screen readers: what the table lists. */
    label: string;
    rows: T[];
    columns: readonly Column<T>[];
    row_id: (row: T) => string;
    sort?: SortingState;
    /** The server pages and orders the rows: sorting one page would mislead. */
    is_page?: boolean;
};

/** A short list, sorted in the browser. Long ones are paged by the server. */
export function DataTable<T extends RowData>(props: DataTableProps<T>) {
    const { label, rows, columns, row_id, sort = [], is_page = false } = props;
    const [sorting, setSorting] = useState<SortingState>(sort);
    const table = useTable({
        features,
        data: rows,
        columns: columns as Column<T>[],
        getRowId: row_id,
        enableSorting: !is_page,
        state: { sorting },
        onSortingChange: setSorting,
    });
    return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <section className={classes.frame} aria-label={label} tabIndex={0}>
            <Table highlightOnHover>
                <Table.Thead>
                    {table.getHeaderGroups().map((group) => (
                        <Table.Tr key={group.id}>
                            {group.headers.map((header) => {
                                const sorted = header.column.getIsSorted();
                                return (
                                    <Table.Th
                                        key={header.id}
                                        data-column={header.column.id}
                                        aria-sort={sorted ? (sorted === 'asc' ? 'ascending' : 'descending') : undefined}
                                    >
                                        {header.column.getCanSort() ? (
                                            <UnstyledButton
                                                className={classes.sort}
                                                onClick={header.column.getToggleSortingHandler()}
                                            >
                                                <Group gap={4} wrap="nowrap">
                                                    <table.FlexRender header={header} />
                                                    {sorted === 'asc' && <IconArrowUp size={13} aria-hidden />}
                                                    {sorted === 'desc' && <IconArrowDown size={13} aria-hidden />}
                                                </Group>
                                            </UnstyledButton>
                                        ) : (
                                            <table.FlexRender header={header} />
                                        )}
                                    </Table.Th>
                                );
                            })}
                        </Table.Tr>
                    ))}
                </Table.Thead>
                <Table.Tbody>
                    {table.getRowModel().rows.map((row) => (
                        <Table.Tr key={row.id}>
                            {row.getAllCells().map((cell) => (
                                <Table.Td key={cell.id} data-column={cell.column.id}>
                                    <table.FlexRender cell={cell} />
                                </Table.Td>
                            ))}
                        </Table.Tr>
                    ))}
                </Table.Tbody>
            </Table>
        </section>
    );
}
