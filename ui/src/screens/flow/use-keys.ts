import { useEffect, useRef } from 'react';

export type BuilderKeys = {
    save: () => void;
    undo: () => void;
    redo: () => void;
    escape: () => void;
    /** What Ctrl C takes; nothing: the browser's own copy. */
    copyText: () => string | undefined;
    /** After Ctrl X has copied: takes several agents out. */
    cut: () => void;
    /** Whether it was something for us. */
    pasteText: (text: string) => boolean;
};

function isTyping(target: EventTarget | null): boolean {
    return (
        target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
    );
}

/** Dialogs over the builder have keys of their own; the panel on phones is one that belongs to it. */
function isElsewhere(target: EventTarget | null): boolean {
    const dialog = target instanceof Element ? target.closest('[role="dialog"]') : null;
    return dialog !== null && !dialog.hasAttribute('data-builder');
}

/** Ctrl S, Z, Shift Z, C, X and V of the whole screen. */
export function useBuilderKeys(keys: BuilderKeys) {
    const latest = useRef(keys);
    latest.current = keys;
    useEffect(() => {
        const onKeyDown = (event: KeyboardEvent) => {
            const now = latest.current;
            if (isElsewhere(event.target)) return;
            if (event.key === 'Escape' && !isTyping(event.target)) return now.escape();
            if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
            const key = event.key.toLowerCase();
            if (key === 's') now.save();
            else if (key === 'y' || (key === 'z' && event.shiftKey)) now.redo();
            else if (key === 'z') now.undo();
            else return;
            event.preventDefault();
        };
        const onCopy = (event: ClipboardEvent) => {
            const is_text = isTyping(event.target) || !(document.getSelection()?.isCollapsed ?? true);
            if (is_text || isElsewhere(event.target)) return;
            const text = latest.current.copyText();
            if (text === undefined) return;
            event.clipboardData?.setData('text/plain', text);
            event.preventDefault();
            if (event.type === 'cut') latest.current.cut();
        };
        const onPaste = (event: ClipboardEvent) => {
            if (isTyping(event.target) || isElsewhere(event.target)) return;
            if (latest.current.pasteText(event.clipboardData?.getData('text/plain') ?? '')) event.preventDefault();
        };
        // Before the fields: their own undo knows nothing of the flow.
        window.addEventListener('keydown', onKeyDown, true);
        document.addEventListener('copy', onCopy);
        document.addEventListener('cut', onCopy);
        document.addEventListener('paste', onPaste);
        return () => {
            window.removeEventListener('keydown', onKeyDown, true);
            document.removeEventListener('copy', onCopy);
            document.removeEventListener('cut', onCopy);
            document.removeEventListener('paste', onPaste);
        };
    }, []);
}
