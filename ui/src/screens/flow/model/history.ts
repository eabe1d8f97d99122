// Undo and redo over whole documents, which share what has not changed.
import type { FlowDoc } from './document';

export type History = { past: FlowDoc[]; present: FlowDoc; future: FlowDoc[]; last_key?: string; last_at: number };
export type HistoryAction =
    /** Changes with the same `key` shortly after one another are one step back: a word, not a letter. */
    | { type: 'change'; change: (doc: FlowDoc) => FlowDoc; key?: string; at: number }
    | { type: 'undo' }
    | { type: 'redo' }
    /** The same document as the server tells it: no step. */
    | { type: 'settle'; doc: FlowDoc }
    /** Another document altogether. */
    | { type: 'load'; doc: FlowDoc };

const steps_max = 200;
const coalesce_ms = 1500;

export const historyOf = (doc: FlowDoc): History => ({ past: [], present: doc, future: [], last_at: 0 });

export function historyReducer(state: History, action: HistoryAction): History {
    const { past, present, future } = state;
    switch (action.type) {
        case 'change': {
            const next = action.change(present);
            if (next === present) return state;
            const goes_on =
                action.key !== undefined && action.key === state.last_key && action.at - state.last_at < coalesce_ms;
            return {
                past: goes_on ? past : [...past, present].slice(-steps_max),
                present: next,
                future: [],
                last_key: action.key,
                last_at: action.at,
            };
        }
        case 'undo': {
            const before = past.at(-1);
            if (!before) return state;
            return { past: past.slice(0, -1), present: before, future: [present, ...future], last_at: 0 };
        }
        case 'redo': {
            const [after, ...rest] = future;
            if (!after) return state;
            return { past: [...past, present], present: after, future: rest, last_at: 0 };
        }
        case 'settle':
            return { ...state, present: action.doc, last_key: undefined };
        case 'load':
            return historyOf(action.doc);
    }
}
