import type { Execution } from '@/api/executions';
import type { Task, TaskNode } from '@/api/tasks';

export const executionOf = (task: Task, id: string | undefined): Execution | undefined =>
    task.executions?.find(({ execution_id, _id }) => execution_id === id || _id === id);

/** The one in the address, else the first, or whatever took over for it in the end. */
export function shownExecution(task: Task, wanted: string | undefined): Execution | undefined {
    const named = executionOf(task, wanted);
    if (named) return named;
    let shown = executionOf(task, task.execution_nodes[0]?.execution_id);
    for (let next = shown; next; next = executionOf(task, next.failover_execution_id ?? undefined)) shown = next;
    return shown;
}

export type Branch = { execution: Execution; depth: number };

/** The tree as rows, parents before their children. */
export function branchesOf(task: Task): Branch[] {
    const rows: Branch[] = [];
    const add = (nodes: readonly TaskNode[], depth: number) => {
        for (const node of nodes) {
            const execution = executionOf(task, node.execution_id);
            if (execution) rows.push({ execution, depth });
            add(node.children, depth + 1);
        }
    };
    add(task.execution_nodes, 0);
    return rows;
}

export function tokensOf({ usage }: Pick<Execution, 'usage'>): number {
    return (usage?.input_tokens ?? 0) + (usage?.output_tokens ?? 0);
}
