import { isFinal, type Task, type TaskStatus } from '@/api/tasks';

const order: readonly TaskStatus[] = ['running', 'ready', 'input_required', 'paused'];
const rankOf = (status: TaskStatus) => (isFinal(status) ? order.length : order.indexOf(status));

/** What runs first, what has ended last; else as the server has it, newest first. */
export const inOrder = (tasks: Task[]): Task[] => tasks.toSorted((a, b) => rankOf(a.status) - rankOf(b.status));
