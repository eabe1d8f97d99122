// What the two sources say of a step: the execution, whole at each reading, and the stream, at once.
import type { AgentOutput, Execution } from '@/api/executions';
import type { TaskStatus } from '@/api/tasks';
import type { FeedStep } from './feed';

/** Of a step that has not finished: the status of its execution. */
export function stateOf(output: AgentOutput | undefined, fed: FeedStep | undefined, status: TaskStatus): TaskStatus {
    if (fed?.output || output?.status === 'completed') return 'completed';
    return status === 'completed' ? 'cancelled' : status;
}

export function durationOf(output: AgentOutput | undefined, fed: FeedStep | undefined): number {
    // A step that did not finish has no duration of its own, but that of its calls.
    const of_calls = fed?.calls.reduce((sum, { duration_ms }) => sum + duration_ms, 0);
    return fed?.duration_ms || Math.max(output?.duration_ms ?? 0, of_calls ?? 0);
}

/** Where a step stands in the time of the run, in percent, and when it began, in seconds since 1970. */
export type Span = { from: number; length: number; began_at: number };

/** What waits, for a person or for its turn, leaves a gap. */
export function spansOf({ created_at, agents_output: outputs }: Execution, fed: readonly FeedStep[]): Span[] {
    const count = Math.max(outputs.length, fed.length);
    let end = created_at;
    const times = Array.from({ length: count }, (_, index) => {
        // The stream does not say when a step began: then, when the one before it had ended.
        const began_at = outputs[index]?.started_at ?? end;
        const duration_s = durationOf(outputs[index], fed[index]) / 1000;
        end = Math.max(end, began_at + duration_s);
        return { began_at, duration_s };
    });
    const percent = 100 / (end - created_at || 1);
    return times.map(({ began_at, duration_s }) => ({
        from: Math.max(0, began_at - created_at) * percent,
        length: duration_s * percent,
        began_at,
    }));
}
