import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { type AnswerOf, api, type Schemas } from './client';

export type InboxItem = Schemas['InboxItem'];
export type AskedField = Schemas['AskedField'];
export type InboxType = InboxItem['type'];
export type InboxStatus = InboxItem['status'];
export type Values = Record<string, unknown>;

const poll_ms = 5000;
const page_size = 40;
/** Pages that are read again by the clock; whoever has read on further than this is not shown what moves. */
const polled_pages_max = 3;

const keys = {
    of: (project: string) => ['inbox', project] as const,
    list: (project: string, filter: InboxFilter) => ['inbox', project, 'list', filter] as const,
    count: (project: string) => ['inbox', project, 'count'] as const,
    one: (project: string, id: string) => ['inbox', project, id] as const,
};
export const inboxKey = keys.of;

export const isOpen = (status: InboxStatus) => status === 'pending' || status === 'input_required';

export type InboxFilter = {
    tab: 'open' | 'mine' | 'done';
    type?: InboxType;
    /** A user's id, or none: nobody in particular. */
    assignee?: string;
    search?: string;
};

type Stream = { status?: InboxStatus; view?: 'ui'; assignee?: string };
/** Where each stream goes on: after this item; null: it has ended. */
type Cursors = (string | null)[];

/** The server filters by one status at a time: several are read side by side and merged by age. */
function streamsOf({ tab, assignee }: InboxFilter): Stream[] {
    if (tab === 'done')
        return (['approved', 'rejected', 'completed', 'expired'] as const).map((status) => ({ status, assignee }));
    if (tab === 'mine') return [{ view: 'ui', assignee: 'me' }];
    if (!assignee) return [{ view: 'ui' }];
    return (['pending', 'input_required'] as const).map((status) => ({ status, assignee }));
}

export type InboxPage = { items: InboxItem[]; total: number; is_total_exact: boolean; next?: Cursors };

async function readPage(project: string, filter: InboxFilter, cursors: Cursors | undefined, signal: AbortSignal) {
    const streams = streamsOf(filter);
    const answers = await Promise.all(
        streams.map(({ status, view, assignee }, index) => {
            const after_id = cursors?.[index] ?? undefined;
            const query = { projectID: project, status, view, assignee, type: filter.type, after_id };
            if (cursors?.[index] === null) return undefined;
            return api.get('/inbox', { query: { ...query, search_key: filter.search, limit: page_size }, signal });
        }),
    );
    return mergePage(answers, cursors);
}

/** The newest of all streams, as many as a page holds; each stream goes on behind its last one that is shown. */
function mergePage(answers: (AnswerOf<'get', '/inbox'> | undefined)[], before: Cursors | undefined): InboxPage {
    const found = answers.flatMap((answer, stream) => (answer?.inbox_requests ?? []).map((item) => ({ item, stream })));
    // Ids grow with time, and the server sorts by them.
    found.sort((a, b) => (a.item._id < b.item._id ? 1 : -1));
    const shown = found.slice(0, page_size);
    const next = answers.map((answer, stream) => {
        if (!answer) return null;
        const of_stream = shown.filter((each) => each.stream === stream);
        const is_over = answer.inbox_requests.length < page_size && of_stream.length === answer.inbox_requests.length;
        return is_over ? null : (of_stream.at(-1)?.item._id ?? before?.[stream] ?? '');
    });
    return {
        items: shown.map(({ item }) => item),
        total: answers.reduce((sum, answer) => sum + (answer?.total_count ?? 0), 0),
        is_total_exact: answers.every((answer) => answer?.is_total_exact !== false),
        next: next.some((cursor) => cursor !== null) ? next : undefined,
    };
}

export const inboxListQuery = (project: string, filter: InboxFilter) =>
    infiniteQueryOptions({
        queryKey: keys.list(project, filter),
        queryFn: ({ pageParam, signal }) => readPage(project, filter, pageParam, signal),
        initialPageParam: undefined as Cursors | undefined,
        getNextPageParam: (page: InboxPage) => page.next,
        refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > polled_pages_max ? false : poll_ms),
    });

export const inboxCountQuery = (project: string) =>
    queryOptions({
        queryKey: keys.count(project),
        queryFn: async ({ signal }) =>
            (await api.get('/inbox', { query: { projectID: project, view: 'ui', limit: 1 }, signal })).total_count,
        refetchInterval: poll_ms,
    });

export const inboxItemQuery = (project: string, id: string) =>
    queryOptions({
        queryKey: keys.one(project, id),
        queryFn: ({ signal }) => api.get('/inbox/{id}', { path: { id }, signal }),
        // What is decided stays as it is.
        refetchInterval: ({ state }) => (state.data && !isOpen(state.data.status) ? false : poll_ms),
    });

/** Who may be asked to answer. */
export const assigneesQuery = (project: string) =>
    queryOptions({
        queryKey: ['assignees', project],
        queryFn: ({ signal }) => api.get('/project-member/{P}', { path: { P: project }, signal }),
        select: (members) => members.filter(({ role }) => role !== 'viewer'),
        staleTime: 60_000,
    });

/** The schema of what a skill is given, to draw a form of it. */
export const askedSkillQuery = (id: string | undefined) =>
    queryOptions({
        queryKey: ['asked-skill', id],
        queryFn: ({ signal }) => api.get('/skills/{id}', { path: { id: id ?? '' }, signal }),
        enabled: Boolean(id),
        staleTime: 60_000,
        retry: false,
    });

/** An item names its execution; a run's page is that of its task. */
export const taskOfExecutionQuery = (execution: string) =>
    queryOptions({
        queryKey: ['task-of-execution', execution],
        queryFn: async ({ signal }) =>
            (await api.get('/execute_flow/{E}', { path: { E: execution }, signal })).task_id ?? null,
        enabled: execution !== '',
        staleTime: Number.POSITIVE_INFINITY,
        retry: false,
    });

export type InboxAnswer =
    | { kind: 'approve' | 'draft'; input?: Values }
    | { kind: 'reject'; reason: string }
    | { kind: 'submit' | 'draft_form'; values: Values }
    | { kind: 'uncertain'; outcome: 'done' | 'not_done' | 'stop'; result?: unknown }
    | { kind: 'budget'; outcome: 'go_on' | 'stop' };

/** Each answer names its item, so that it can never be taken for the answer to another question. */
export function sendAnswer(project: string, item: InboxItem, answer: InboxAnswer): Promise<InboxItem> {
    const query = { projectID: project };
    const inbox_id = item._id;
    const path = { E: item.execution_id };
    switch (answer.kind) {
        case 'submit':
        case 'draft_form': {
            const body = { inbox_id, is_submitted: answer.kind === 'submit', values: answer.values };
            return api.post('/inbox/update/runtime_input', { query, body });
        }
        case 'uncertain': {
            const { outcome, result } = answer;
            return api.post('/inbox/update/uncertain_effect/{E}', { path, body: { inbox_id, outcome, result } });
        }
        case 'budget':
            return api.post('/inbox/update/budget/{E}', { path, body: { inbox_id, outcome: answer.outcome } });
        case 'reject': {
            const { reason } = answer;
            if (item.type === 'anomaly_detection')
                return api.post('/inbox/update/anomaly_detection', {
                    query,
                    body: { inbox_id, is_approved: false, reason },
                });
            return api.post('/inbox/update/preview', { query, body: { inbox_id, is_rejected: true, reason } });
        }
        default: {
            const is_approved = answer.kind === 'approve';
            if (item.type === 'anomaly_detection')
                return api.post('/inbox/update/anomaly_detection', { query, body: { inbox_id, is_approved } });
            // The exact input goes along: what was seen is what is done.
            const seen = item.preview_input?.skill;
            const preview_input = { inbox_id, skill: { ...seen, input: answer.input ?? seen?.input ?? {} } };
            return api.post('/inbox/update/preview', { query, body: { inbox_id, is_approved, preview_input } });
        }
    }
}

export function useAnswerItem(project: string) {
    const client = useQueryClient();
    return useMutation({
        meta: { shows_errors: true },
        mutationFn: ({ item, answer }: { item: InboxItem; answer: InboxAnswer }) => sendAnswer(project, item, answer),
        onSuccess: (now) => client.setQueryData(keys.one(project, now._id), now),
        // Also when somebody else was first: then what is shown is old.
        onSettled: () => client.invalidateQueries({ queryKey: keys.of(project) }),
    });
}

export type ItemChange = { assignee?: string; expires_in_s?: number; expires_at?: number };

export const changeItem = (id: string, body: ItemChange) => api.patch('/inbox/{id}', { path: { id }, body });

export function useChangeItem(project: string) {
    const client = useQueryClient();
    return useMutation({
        mutationFn: ({ id, ...body }: ItemChange & { id: string }) => changeItem(id, body),
        onSuccess: (now) => client.setQueryData(keys.one(project, now._id), now),
        onSettled: () => client.invalidateQueries({ queryKey: keys.of(project) }),
    });
}
