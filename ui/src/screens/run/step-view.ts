// What the two sources say of a step: the execution, whole at each reading, and the stream, at once.
import type { AgentOutput } from '@/api/executions';
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

/** Where a step stands in the time of all, in percent, and how long those before it took. */
export type Span = { from: number; length: number; before_ms: number };

export function spansOf(outputs: readonly AgentOutput[], fed: readonly FeedStep[]): Span[] {
    const count = Math.max(outputs.length, fed.length);
    const durations = Array.from({ length: count }, (_, index) => durationOf(outputs[index], fed[index]));
    const total = durations.reduce((sum, each) => sum + each, 0) || 1;
    let before = 0;
    return durations.map((each) => {
        const span = { from: (before / total) * 100, length: (each / total) * 100, before_ms: before };
        before += each;
        return span;
    });
}
