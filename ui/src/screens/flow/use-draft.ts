import { useEffect, useRef, useState } from 'react';
import type { FlowDoc } from './model/document';
import { dropDraft, keepDraft } from './model/draft';
import type { Base } from './use-builder';

const keep_after_ms = 300;

/** Keeps what is not saved in the browser, a moment after each change and when the page goes. Answers whether it could. */
export function useDraft(flow: string, doc: FlowDoc, base: Base, is_dirty: boolean): boolean {
    const [kept, setKept] = useState(true);
    const latest = useRef({ doc, base, is_dirty });
    latest.current = { doc, base, is_dirty };
    const keep = useRef(() => {
        const now = latest.current;
        if (!now.is_dirty) return dropDraft(flow);
        const { doc: base_doc, version: base_version } = now.base;
        setKept(keepDraft(flow, { doc: now.doc, base: base_doc, base_version, changed_at: Date.now() / 1000 }));
    });
    // Each change starts the wait anew.
    useEffect(() => {
        const timer = setTimeout(keep.current, keep_after_ms);
        return () => clearTimeout(timer);
    }, [doc, base, is_dirty]);
    useEffect(() => {
        const now = keep.current;
        window.addEventListener('pagehide', now);
        return () => {
            window.removeEventListener('pagehide', now);
            now();
        };
    }, []);
    return kept;
}
