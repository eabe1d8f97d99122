import type { Execution } from '@/api/executions';
import { isFinal, type Task } from '@/api/tasks';
import { t } from '@/i18n';

export type RunRow = {
    task: Task;
    goal: string;
    started_by: string;
    /** Seconds since 1970; undefined: it has ended, but nobody says when. */
    end: number | null | undefined;
    tokens: number | undefined;
    cost_usd: number | undefined;
};

type Sums = { first?: Execution; tokens: number; cost_usd: number; end: number };

function sumsByTask(executions: readonly Execution[]): Map<string, Sums> {
    const sums = new Map<string, Sums>();
    for (const each of executions) {
        const old = sums.get(each.task_id) ?? { tokens: 0, cost_usd: 0, end: 0 };
        const usage = each.usage;
        sums.set(each.task_id, {
            first: each.parent_execution_id === null ? each : old.first,
            tokens: old.tokens + (usage?.input_tokens ?? 0) + (usage?.output_tokens ?? 0),
            cost_usd: old.cost_usd + (usage?.cost_usd ?? 0),
            end: Math.max(old.end, each.end_time ?? 0),
        });
    }
    return sums;
}

export function rowsOf(tasks: readonly Task[], executions: readonly Execution[], me: string | undefined): RunRow[] {
    const known = sumsByTask(executions);
    return tasks.map((task) => {
        const sums = known.get(task._id);
        return {
            task,
            goal: sums?.first?.goal ?? '',
            started_by: task.created_by === me ? t('runs.you') : (sums?.first?.executed_by.name ?? '–'),
            end: isFinal(task.status) ? sums?.end || undefined : null,
            tokens: sums?.tokens,
            cost_usd: sums?.cost_usd,
        };
    });
}
