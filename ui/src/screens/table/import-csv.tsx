import { Button, FileButton, Group, Progress, ScrollArea, Select, Stack, Table, Text } from '@mantine/core';
import { IconDownload, IconUpload } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { addColumns, mapHeaders } from '@/api/columns';
import { type Column, recordsKey } from '@/api/records';
import { tablesKey } from '@/api/tables';
import { t } from '@/i18n';
import { formatNumber } from '@/i18n/format';
import { detailOf, whatToDo } from '@/parts/error-view';
import { FormProblem } from '@/parts/form';
import { readCsv, writeCsv } from './csv';
import { Import, type Mapping } from './import-run';

type ImportCsvProps = {
    project: string;
    table: string;
    columns: Column[];
    /** Whether a column that is not there yet can be made. */
    may_edit: boolean;
    on_done: () => void;
};

/** What a head is mapped to: a column's id, or one of these. */
const leave = ':leave';
const make = ':make';
const by_id = ':id';
const ours = new Set(['_id', 'created_at', 'updated_at']);
const shown_faults_max = 100;

type Sheet = { name: string; heads: string[]; rows: string[][]; targets: string[] };

export function ImportCsv({ project, table, columns, may_edit, on_done }: ImportCsvProps) {
    const client = useQueryClient();
    const [sheet, setSheet] = useState<Sheet>();
    const [job, setJob] = useState<Import>();
    const [is_busy, setBusy] = useState(false);
    const [problem, setProblem] = useState<string>();
    const [, setDrawn] = useState(0);

    const open = async (file: File | null) => {
        if (!file) return;
        setProblem(undefined);
        const [heads = [], ...rows] = readCsv(await file.text());
        if (rows.length === 0) return setProblem(t('tables.importEmpty'));
        try {
            const mapped = await mapHeaders(columns, heads);
            const targets = heads.map((head, index) => {
                if (head === '_id') return by_id;
                if (ours.has(head)) return leave;
                return mapped[index]?.column_id ?? (may_edit ? make : leave);
            });
            setSheet({ name: file.name, heads, rows, targets });
        } catch (error) {
            setProblem(`${detailOf(error)} ${whatToDo(error)}`);
        }
    };
    const run = async (given: Import) => {
        setJob(given);
        setBusy(true);
        await given.run(() => setDrawn((count) => count + 1));
        setBusy(false);
        await client.invalidateQueries({ queryKey: recordsKey(project, table) });
    };
    const begin = async (given: Sheet) => {
        setBusy(true);
        setProblem(undefined);
        try {
            const known = await withNewColumns(given);
            const mapping: Mapping = given.targets.map((target, index) => {
                if (target === by_id) return '_id';
                if (target === make) return known.find(({ column_name }) => column_name === given.heads[index]);
                return known.find(({ column_id }) => column_id === target);
            });
            await run(new Import({ project, table, columns: known }, given.rows, mapping));
        } catch (error) {
            setBusy(false);
            setProblem(`${detailOf(error)} ${whatToDo(error)}`);
        }
    };
    /** All columns, with those that the file brings. */
    const withNewColumns = async ({ heads, targets }: Sheet): Promise<Column[]> => {
        const names = heads.filter((_head, index) => targets[index] === make);
        if (names.length === 0) return columns;
        const all = await addColumns(
            project,
            table,
            names.map((column_name) => ({ column_name, column_type: 'String' })),
        );
        await client.invalidateQueries({ queryKey: tablesKey(project) });
        return all;
    };

    if (job) return <Progressing {...{ job, is_busy, on_done }} on_resume={() => void run(job)} sheet={sheet} />;
    if (!sheet)
        return (
            <Stack gap="md">
                <Text size="sm">{t('tables.importText')}</Text>
                {problem && <FormProblem text={problem} />}
                <div>
                    <FileButton onChange={open} accept=".csv,.tsv,.txt,text/csv">
                        {(props) => (
                            <Button {...props} leftSection={<IconUpload size={16} />} data-autofocus>
                                {t('tables.chooseCsv')}
                            </Button>
                        )}
                    </FileButton>
                </div>
            </Stack>
        );
    const used = sheet.targets.filter((target) => target !== leave);
    const is_double = new Set(used.filter((target) => target !== make)).size < used.filter((e) => e !== make).length;
    return (
        <Stack gap="md">
            <Text size="sm">{t('tables.importMap', { name: sheet.name, count: sheet.rows.length })}</Text>
            <MappingTable
                {...{ sheet, columns, may_edit }}
                on_change={(index, target) => setSheet({ ...sheet, targets: sheet.targets.with(index, target) })}
            />
            {is_double && <FormProblem text={t('tables.importDouble')} />}
            {problem && <FormProblem text={problem} />}
            <Group justify="flex-end" gap="xs">
                <Button variant="default" onClick={() => setSheet(undefined)}>
                    {t('tables.otherFile')}
                </Button>
                <Button loading={is_busy} disabled={is_double || used.length === 0} onClick={() => begin(sheet)}>
                    {t('tables.importRows', { count: sheet.rows.length })}
                </Button>
            </Group>
        </Stack>
    );
}

type MappingTableProps = {
    sheet: Sheet;
    columns: Column[];
    may_edit: boolean;
    on_change: (index: number, target: string) => void;
};

function MappingTable({ sheet, columns, may_edit, on_change }: MappingTableProps) {
    const choices = [
        { value: leave, label: t('tables.leaveOut') },
        ...columns.map(({ column_id, column_name }) => ({ value: column_id, label: column_name })),
        ...(may_edit ? [{ value: make, label: t('tables.makeColumn') }] : []),
        { value: by_id, label: t('tables.byId') },
    ];
    return (
        <ScrollArea.Autosize
            mah="50dvh"
            viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': t('tables.mapping') }}
        >
            <Table verticalSpacing={6} horizontalSpacing={8}>
                <Table.Thead>
                    <Table.Tr>
                        <Table.Th>{t('tables.inFile')}</Table.Th>
                        <Table.Th>{t('tables.inTable')}</Table.Th>
                    </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                    {sheet.heads.map((head, index) => (
                        <Table.Tr key={`${index} ${head}`}>
                            <Table.Td maw={180}>
                                <Text size="sm" fw={500} truncate>
                                    {head || '–'}
                                </Text>
                                <Text size="xs" c="dimmed" truncate>
                                    {sheet.rows[0]?.[index]}
                                </Text>
                            </Table.Td>
                            <Table.Td>
                                <Select
                                    size="sm"
                                    aria-label={t('tables.columnFor', { name: head })}
                                    data={choices}
                                    value={sheet.targets[index] ?? leave}
                                    onChange={(target) => on_change(index, target ?? leave)}
                                />
                            </Table.Td>
                        </Table.Tr>
                    ))}
                </Table.Tbody>
            </Table>
        </ScrollArea.Autosize>
    );
}

type ProgressingProps = { job: Import; is_busy: boolean; sheet?: Sheet; on_resume: () => void; on_done: () => void };

/** How far it is, and what did not work, row by row. */
function Progressing({ job, is_busy, sheet, on_resume, on_done }: ProgressingProps) {
    const { done, total, faults, stopped } = job.state;
    const bad_lines = [...new Set(faults.map(({ line }) => line))];
    return (
        <Stack gap="md">
            <Progress value={((done + bad_lines.length) / total) * 100} aria-label={t('tables.importProgress')} />
            <Text size="sm" role="status">
                {t('tables.imported', { done: formatNumber(done), total: formatNumber(total) })}
                {bad_lines.length > 0 && ` ${t('tables.notImported', { count: bad_lines.length })}`}
            </Text>
            {stopped !== undefined && (
                <Group gap="xs">
                    <FormProblem text={`${t('tables.importStopped')} ${detailOf(stopped)} ${whatToDo(stopped)}`} />
                    <Button size="compact-sm" variant="default" onClick={on_resume}>
                        {t('tables.importResume')}
                    </Button>
                </Group>
            )}
            {faults.length > 0 && (
                <ScrollArea.Autosize
                    mah={260}
                    viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': t('tables.importFaults') }}
                >
                    <Table verticalSpacing={4} horizontalSpacing={8}>
                        <Table.Tbody>
                            {faults.slice(0, shown_faults_max).map(({ line, column, message }) => (
                                <Table.Tr key={`${line} ${column}`}>
                                    <Table.Td c="dimmed">{t('tables.line', { line })}</Table.Td>
                                    <Table.Td>{column}</Table.Td>
                                    <Table.Td>{message}</Table.Td>
                                </Table.Tr>
                            ))}
                        </Table.Tbody>
                    </Table>
                </ScrollArea.Autosize>
            )}
            <Group justify="flex-end" gap="xs">
                {faults.length > 0 && sheet && (
                    <Button
                        variant="default"
                        leftSection={<IconDownload size={16} />}
                        onClick={() => saveRows(sheet, bad_lines)}
                    >
                        {t('tables.saveBadRows')}
                    </Button>
                )}
                <Button disabled={is_busy} onClick={on_done}>
                    {t('parts.close')}
                </Button>
            </Group>
        </Stack>
    );
}

/** The rows that did not get in, to mend and import again. */
function saveRows({ name, heads, rows }: Sheet, lines: number[]) {
    const text = writeCsv([heads, ...lines.map((line) => rows[line - 2] ?? [])]);
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
    link.download = name.replace(/(\.\w+)?$/, '-rest.csv');
    link.click();
    URL.revokeObjectURL(link.href);
}
