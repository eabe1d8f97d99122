// What an execution's event stream has told: its steps and their calls. Changes of structure are told once a frame;
// text goes to its own listeners, so that a word that arrives renders nothing but itself.
import type { ServerEvent } from '@/api/events';
import type { TaskStatus } from '@/api/tasks';

export type CallError = { code: string; message: string; http_status?: number };
export type Call = {
    number: number;
    /** model, tool, judge, form, preview, anomaly, files */
    kind: string;
    tool?: string;
    attempt: number;
    state: 'running' | 'done' | 'failed';
    /** What the model said. Grows while it is running. */
    text: string;
    duration_ms: number;
    tokens: number;
    cost_usd: number;
    error?: CallError;
    /** Of attempts before this one. */
    earlier: CallError[];
};
export type Wait = { reason: string; message: string; name?: string; wake_at?: number };
export type FeedStep = {
    agent_id: string;
    title: string;
    calls: Call[];
    wait?: Wait;
    output?: { text: string; data: unknown; decision_reason?: string };
    duration_ms: number;
    tokens: number;
    cost_usd: number;
};
type Data = {
    agent_id: string;
    agent_title: string;
    title: string;
    kind: string;
    tool?: string;
    number: number;
    attempt: number;
    ok: boolean;
    offset: number;
    text: string;
    duration_ms: number;
    input_tokens: number;
    output_tokens: number;
    cost_usd: number;
    error?: CallError | null;
    output: FeedStep['output'];
    status: TaskStatus;
} & Wait;

export class Feed {
    steps: FeedStep[] = [];
    status: TaskStatus | undefined;
    error: CallError | undefined;
    tokens = 0;
    cost_usd = 0;
    /** Nothing more will come. */
    is_complete = false;
    version = 0;
    private frame = 0;
    private readonly listeners = new Set<() => void>();
    private readonly text_listeners = new Set<() => void>();

    subscribe = (listener: () => void) => {
        this.listeners.add(listener);
        return () => void this.listeners.delete(listener);
    };
    subscribeText = (listener: () => void) => {
        this.text_listeners.add(listener);
        return () => void this.text_listeners.delete(listener);
    };
    getVersion = () => this.version;

    /** Before a stream from the beginning: what comes next replaces what was there. */
    restart() {
        this.steps = [];
        this.tokens = 0;
        this.cost_usd = 0;
        this.error = undefined;
    }

    take({ event, data: text }: ServerEvent) {
        const data = JSON.parse(text) as Data;
        if (event === 'model.text') return this.addText(data);
        this.apply(event, data);
        this.frame ||= requestAnimationFrame(() => {
            this.frame = 0;
            ++this.version;
            for (const listener of this.listeners) listener();
        });
    }

    private apply(event: string, data: Data) {
        switch (event) {
            case 'status':
                this.status = data.status;
                break;
            case 'effect.started':
                this.changeStep(data, (step) => ({ ...step, wait: undefined, calls: withStarted(step.calls, data) }));
                break;
            case 'effect.finished':
                this.tokens += data.input_tokens + data.output_tokens;
                this.cost_usd += data.cost_usd;
                this.changeStep(data, (step) => ({ ...step, calls: withFinished(step.calls, data) }));
                break;
            case 'agent.finished':
                this.changeStep(data, (step) => finished(step, data));
                break;
            case 'execution.waiting':
                this.changeStep(data, (step) => ({ ...step, wait: data }));
                break;
            case 'execution.answered':
                this.changeStep(data, (step) => ({ ...step, wait: undefined }));
                break;
            case 'execution.finished':
                this.status = data.status;
                this.error = data.error ?? undefined;
                this.is_complete = true;
        }
    }

    /** The step that is open, or a new one. */
    private changeStep(data: Data, change: (step: FeedStep) => FeedStep) {
        const last = this.steps.at(-1);
        const is_open = last && !last.output && (!data.agent_id || last.agent_id === data.agent_id);
        const step = is_open ? last : begun(data);
        if (!is_open) this.steps.push(step);
        this.steps[this.steps.length - 1] = change(step);
    }

    private addText({ offset, text }: Data) {
        const call = this.steps.at(-1)?.calls.at(-1);
        if (!call) return;
        call.text = offset === 0 ? text : call.text + text;
        for (const listener of this.text_listeners) listener();
    }
}

const begun = (data: Data): FeedStep => ({
    agent_id: data.agent_id,
    title: data.agent_title || data.title || '',
    calls: [],
    duration_ms: 0,
    tokens: 0,
    cost_usd: 0,
});

function withStarted(calls: Call[], { number, kind, tool, attempt }: Data): Call[] {
    const again = calls.find((call) => call.number === number);
    const call: Call = {
        number,
        kind,
        tool,
        attempt,
        state: 'running',
        text: '',
        duration_ms: 0,
        tokens: 0,
        cost_usd: 0,
        earlier: again ? [...again.earlier, ...(again.error ? [again.error] : [])] : [],
    };
    return again ? calls.map((each) => (each === again ? call : each)) : [...calls, call];
}

/** In place: text goes on arriving in the object that it has. */
function withFinished(calls: Call[], data: Data): Call[] {
    const call = calls.find(({ number }) => number === data.number);
    if (!call) return calls;
    call.state = data.ok ? 'done' : 'failed';
    call.duration_ms = data.duration_ms;
    call.tokens = data.input_tokens + data.output_tokens;
    call.cost_usd = data.cost_usd;
    call.error = data.error ?? undefined;
    return [...calls];
}

const finished = (step: FeedStep, data: Data): FeedStep => ({
    ...step,
    wait: undefined,
    output: data.output,
    duration_ms: data.duration_ms,
    tokens: data.input_tokens + data.output_tokens,
    cost_usd: data.cost_usd,
});
