// What is not saved yet outlives the tab, a reload and a lost connection, in the browser's own storage.
import type { FlowDoc } from './document';

export type Draft = { doc: FlowDoc; base: FlowDoc; base_version: number; changed_at: number };

const keyOf = (flow: string) => `weft-flow-draft-${flow}`;

export function readDraft(flow: string): Draft | undefined {
    try {
        const found: unknown = JSON.parse(localStorage.getItem(keyOf(flow)) ?? 'null');
        if (found && typeof found === 'object' && 'doc' in found && 'base' in found) return found as Draft;
    } catch {
        // Somebody else's text under this key is no draft.
    }
}

/** Whether it could be kept: the storage may be full, or closed to this page. */
export function keepDraft(flow: string, draft: Draft): boolean {
    try {
        localStorage.setItem(keyOf(flow), JSON.stringify(draft));
        return true;
    } catch {
        return false;
    }
}

export function dropDraft(flow: string) {
    try {
        localStorage.removeItem(keyOf(flow));
    } catch {
        // What cannot be reached was not kept either.
    }
}
