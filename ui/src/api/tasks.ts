import {
    keepPreviousData,
    type QueryClient,
    queryOptions,
    useMutation,
    useMutationState,
    useQueryClient,
} from '@tanstack/react-query';
import { api, type Schemas } from './client';
import { pollMs } from './live';

export type Task = Schemas['Task'];
export type TaskStatus = Schemas['Status'];
export type TaskNode = Schemas['TaskNode'];
type TaskList = { tasks: Task[]; total_count: number };
/** What a person does to a task. */
export type Verb = 'stop' | 'pause' | 'resume';
type VerbOnTask = { id: string; verb: Verb };

export const task_page_size = 50;
const settling_poll_ms = 400;
const tree_poll_ms = 5000;

export const isFinal = (status: TaskStatus) => status === 'completed' || status === 'failed' || status === 'cancelled';

/** `live`: with an execution that has not ended. */
type Filter = { skip?: number; limit?: number; status?: TaskStatus | 'live' };

const keys = {
    of: (project: string) => ['tasks', project] as const,
    lists: (project: string) => ['tasks', project, 'list'] as const,
    list: (project: string, filter: Filter) => ['tasks', project, 'list', filter] as const,
    one: (project: string, id: string) => ['tasks', project, 'one', id] as const,
};
const verb_key = ['task-verb'] as const;

/** A page of the project's tasks, newest first. */
export const tasksQuery = (project: string, { skip = 0, limit = task_page_size, status }: Filter = {}) =>
    queryOptions({
        queryKey: keys.list(project, { skip, limit, status }),
        queryFn: async ({ signal }): Promise<TaskList> =>
            api.get('/tasks/{P}', { path: { P: project }, query: { skip, limit, ...(status && { status }) }, signal }),
        placeholderData: keepPreviousData,
        refetchInterval: pollMs(project),
    });

const isSettling = (task: Task) => Boolean(task.settling || task.executions?.some(({ settling }) => settling));

/** A task with its executions whole. What happens between two answers comes by its event stream. */
export const taskQuery = (project: string, id: string) =>
    queryOptions({
        queryKey: keys.one(project, id),
        queryFn: async ({ signal }): Promise<Task> => api.get('/task/{id}', { path: { id }, signal }),
        refetchInterval: ({ state: { data } }) => {
            if (!data) return false;
            if (isSettling(data)) return settling_poll_ms;
            return isFinal(data.status) ? false : tree_poll_ms;
        },
    });

/** The answer to a verb, put over what is known: it brings the status, not the executions. */
function withAnswer(task: Task, answer: Task): Task {
    const executions = task.executions?.map((each) =>
        isFinal(each.status) || answer.status !== 'cancelled' ? each : { ...each, status: answer.status },
    );
    return { ...task, ...answer, executions };
}

function keepAnswer(client: QueryClient, project: string, answer: Task) {
    client.setQueryData<Task>(keys.one(project, answer._id), (task) => task && withAnswer(task, answer));
    client.setQueriesData<TaskList>({ queryKey: keys.lists(project) }, (list) =>
        list
            ? { ...list, tasks: list.tasks.map((task) => (task._id === answer._id ? withAnswer(task, answer) : task)) }
            : list,
    );
}

/** Stop, pause, resume. While it is on its way `usePendingVerbs` says so. */
export function useTaskVerb(project: string) {
    const client = useQueryClient();
    return useMutation({
        mutationKey: verb_key,
        mutationFn: ({ id, verb }: VerbOnTask): Promise<Task> => {
            const path = { path: { id } };
            if (verb === 'stop') return api.post('/task/{id}/stop', path);
            return verb === 'pause' ? api.post('/task/{id}/pause', path) : api.post('/task/{id}/resume', path);
        },
        onMutate: async () => {
            // An answer from before the deed must not hide it.
            await client.cancelQueries({ queryKey: keys.of(project) });
        },
        onSuccess: (answer) => keepAnswer(client, project, answer),
        onSettled: async () => {
            await client.invalidateQueries({ queryKey: keys.of(project) });
            await client.invalidateQueries({ queryKey: ['executions', project] });
        },
    });
}

/** By task: what was asked of it and is not answered yet. */
export function usePendingVerbs(): ReadonlyMap<string, Verb> {
    const asked = useMutationState({
        filters: { mutationKey: verb_key, status: 'pending' },
        select: (mutation) => mutation.state.variables as VerbOnTask | undefined,
    });
    return new Map(asked.flatMap((each) => (each ? [[each.id, each.verb] as const] : [])));
}
