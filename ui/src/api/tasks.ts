import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, type Schemas } from './client';

export type Task = Schemas['Task'];
export type TaskStatus = Schemas['Status'];

export const task_page_size = 50;
const poll_ms = 5000;

export const isFinal = (status: TaskStatus) => status === 'completed' || status === 'failed' || status === 'cancelled';

const keys = {
    of: (project: string) => ['tasks', project] as const,
    list: (project: string, skip: number, limit: number) => ['tasks', project, { skip, limit }] as const,
    one: (project: string, id: string) => ['tasks', project, id] as const,
};

/** A page of the project's tasks, newest first. */
export const tasksQuery = (project: string, skip = 0, limit = task_page_size) =>
    queryOptions({
        queryKey: keys.list(project, skip, limit),
        queryFn: ({ signal }) => api.get('/tasks/{P}', { path: { P: project }, query: { skip, limit }, signal }),
        placeholderData: keepPreviousData,
        refetchInterval: poll_ms,
    });

export const taskQuery = (project: string, id: string) =>
    queryOptions({
        queryKey: keys.one(project, id),
        queryFn: ({ signal }) => api.get('/task/{id}', { path: { id }, signal }),
    });
