import type { Execution } from '@/api/executions';

export const tokensIn = ({ usage }: Execution) => (usage?.input_tokens ?? 0) + (usage?.output_tokens ?? 0);

const head = [
    'execution_id',
    'task_id',
    'flow',
    'status',
    'goal',
    'started_by',
    'created_at',
    'end_time',
    'steps',
    'input_tokens',
    'output_tokens',
    'credits',
    'cost_usd',
    'error',
];

const isoOf = (seconds: number | null) => (seconds === null ? '' : new Date(seconds * 1000).toISOString());

/** RFC 4180. A spreadsheet takes what begins with =, +, - or @ for a formula: text that somebody wrote must be none. */
function cellOf(value: string | number): string {
    const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const rowOf = (each: Execution): (string | number)[] => [
    each.execution_id,
    each.task_id,
    each.agentflow.name ?? '',
    each.status,
    each.goal,
    each.executed_by.name ?? '',
    isoOf(each.created_at),
    isoOf(each.end_time),
    each.agents_output.length,
    each.usage?.input_tokens ?? 0,
    each.usage?.output_tokens ?? 0,
    each.usage?.credits ?? 0,
    each.usage?.cost_usd ?? 0,
    each.error ?? '',
];

export const csvOf = (executions: readonly Execution[]): string =>
    [head, ...executions.map(rowOf)].map((row) => `${row.map(cellOf).join(',')}\r\n`).join('');
