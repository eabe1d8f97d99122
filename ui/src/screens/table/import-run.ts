import { ApiError } from '@/api/client';
import { type Column, insertRecords, type RecordValues, upsertRecords } from '@/api/records';
import { detailOf } from '@/parts/error-view';
import { valueOfCell } from './csv-values';

/** For each cell of a row the column that it goes to; '_id' names the row to change; none: it is left out. */
export type Mapping = (Column | '_id' | undefined)[];
export type RowFault = { line: number; column: string; message: string };
export type ImportState = {
    done: number;
    total: number;
    faults: RowFault[];
    /** Why it had to stop; it can be gone on with. */
    stopped?: unknown;
};

const rows_per_call = 200;
/** The first row of a file is its heads, and people count from one. */
const lineOf = (index: number) => index + 2;

/** Answers that are the fault of what was sent; any other one is not, and what is sent later may work. */
const faults_of_rows = new Set([400, 404, 409, 413, 422]);

type Row = { index: number; values: RecordValues };
type Target = { project: string; table: string; columns: Column[] };
type Call = { key: string; rows: Row[] };

export function readRows(rows: string[][], mapping: Mapping): { good: Row[]; faults: RowFault[] } {
    const good: Row[] = [];
    const faults: RowFault[] = [];
    for (const [index, row] of rows.entries()) {
        const values: RecordValues = {};
        const before = faults.length;
        for (const [at, column] of mapping.entries()) {
            const cell = row[at] ?? '';
            if (column === '_id') {
                if (cell.trim()) values._id = cell.trim();
            } else if (column) {
                const read = valueOfCell(column, cell);
                if ('fault' in read)
                    faults.push({ line: lineOf(index), column: column.column_name, message: read.fault });
                else if (read.value !== undefined) values[column.column_id] = read.value;
            }
        }
        if (faults.length === before) good.push({ index, values });
    }
    return { good, faults };
}

/** Splits the server's complaints by row: `records.3.amount`. */
function faultsIn(error: ApiError, rows: Row[], columns: Column[]): Map<number, RowFault> {
    const found = new Map<number, RowFault>();
    for (const { field, message } of error.errors) {
        const [, place, id = ''] = /^records\.(\d+)\.?(.*)$/.exec(field) ?? [];
        const row = place === undefined ? undefined : rows[Number(place)];
        if (!row) continue;
        const column = columns.find(({ column_id }) => column_id === id.split('.')[0])?.column_name ?? id;
        found.set(row.index, { line: lineOf(row.index), column, message });
    }
    return found;
}

/** An import that can be stopped by a lost connection and gone on with; no row is put in twice. */
export class Import {
    readonly state: ImportState;
    private calls: Call[] = [];
    private target: Target;

    constructor(target: Target, rows: string[][], mapping: Mapping) {
        this.target = target;
        const { good, faults } = readRows(rows, mapping);
        this.state = { done: 0, total: rows.length, faults };
        for (let at = 0; at < good.length; at += rows_per_call)
            this.calls.push({ key: crypto.randomUUID(), rows: good.slice(at, at + rows_per_call) });
    }

    async run(on_progress: () => void) {
        this.state.stopped = undefined;
        while (this.calls.length > 0) {
            const rest = await this.send(this.calls[0] as Call);
            if (this.state.stopped !== undefined) break;
            this.calls.shift();
            // What was wrong is out: the others of the call are sent again, as another call.
            if (rest.length > 0) this.calls.unshift({ key: crypto.randomUUID(), rows: rest });
            on_progress();
        }
        on_progress();
    }

    /** Rows that are yet to be sent. */
    private async send({ key, rows }: Call): Promise<Row[]> {
        const records = rows.map(({ values }) => values);
        const put = records.some(({ _id }) => _id !== undefined) ? upsertRecords : insertRecords;
        try {
            await put(this.target.project, this.target.table, records, key);
            this.state.done += rows.length;
            return [];
        } catch (error) {
            if (error instanceof ApiError && error.status === 422) {
                const faults = faultsIn(error, rows, this.target.columns);
                this.state.faults.push(...faults.values());
                if (faults.size > 0) return rows.filter(({ index }) => !faults.has(index));
            }
            if (!(error instanceof ApiError && faults_of_rows.has(error.status))) {
                this.state.stopped = error;
                return rows;
            }
            if (rows.length === 1)
                this.state.faults.push({ line: lineOf(rows[0]?.index ?? 0), column: '', message: detailOf(error) });
            else this.split(rows);
            return [];
        }
    }

    /** The server does not say which row it is: halves find it. */
    private split(rows: Row[]) {
        const middle = Math.ceil(rows.length / 2);
        const [first, second] = [rows.slice(0, middle), rows.slice(middle)].map((part) => ({
            key: crypto.randomUUID(),
            rows: part,
        })) as [Call, Call];
        // Behind the one that is being sent, which is taken off next.
        this.calls.splice(1, 0, first, second);
    }
}
