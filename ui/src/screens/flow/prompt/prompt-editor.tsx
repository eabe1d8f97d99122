import { autocompletion, closeCompletion, completionStatus } from '@codemirror/autocomplete';
import { EditorState } from '@codemirror/state';
import { drawSelection, EditorView, placeholder } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { completionsOf, type Value } from './completions';
import { type Mark, promptTheme, refresh, templateHighlight } from './highlight';

export type PromptEditorProps = {
    value: string;
    label: string;
    placeholder?: string;
    /** How high an empty one is. */
    rows?: number;
    read_only: boolean;
    on_change: (text: string) => void;
    valuesNow: () => Value[];
    marksOf: (text: string) => Mark[];
};

const line_px = 20;

/** Undo is the flow's: there is one history, not two that contradict each other. */
export function PromptEditor(props: PromptEditorProps) {
    const frame = useRef<HTMLDivElement>(null);
    const view = useRef<EditorView>(undefined);
    const latest = useRef(props);
    latest.current = props;
    const { value, label, rows = 6, read_only, marksOf } = props;
    const hint = props.placeholder ?? '';

    // Made once; what changes is read from `latest` or sent below.
    useEffect(() => {
        if (!frame.current) return;
        const editor = new EditorView({
            parent: frame.current,
            state: EditorState.create({
                doc: latest.current.value,
                extensions: [
                    drawSelection(),
                    EditorView.lineWrapping,
                    EditorState.readOnly.of(read_only),
                    EditorView.editable.of(!read_only),
                    EditorView.contentAttributes.of({
                        'aria-label': label,
                        'aria-multiline': 'true',
                        // What cannot be edited can still be scrolled by keyboard.
                        tabindex: '0',
                        style: `min-height: ${rows * line_px + 16}px`,
                    }),
                    placeholder(hint),
                    autocompletion({ override: [completionsOf(() => latest.current.valuesNow())], icons: false }),
                    templateHighlight((text) => latest.current.marksOf(text)),
                    EditorView.domEventHandlers({
                        // Escape closes what is proposed, not the panel as well.
                        keydown: (event, of) => {
                            if (event.key !== 'Escape' || completionStatus(of.state) === null) return false;
                            event.stopPropagation();
                            return closeCompletion(of);
                        },
                    }),
                    EditorView.updateListener.of((update) => {
                        const text = update.state.doc.toString();
                        if (update.docChanged && text !== latest.current.value) latest.current.on_change(text);
                    }),
                    promptTheme,
                ],
            }),
        });
        view.current = editor;
        return () => editor.destroy();
    }, [read_only, label, rows, hint]);

    useEffect(() => {
        const editor = view.current;
        if (!editor || editor.state.doc.toString() === value) return;
        const { head } = editor.state.selection.main;
        editor.dispatch({
            changes: { from: 0, to: editor.state.doc.length, insert: value },
            selection: { anchor: Math.min(head, value.length) },
        });
    }, [value]);
    // Other agents were renamed: look again.
    useEffect(() => view.current?.dispatch({ effects: refresh.of(null) }), [marksOf]);

    return <div ref={frame} />;
}
