import { type Extension, RangeSetBuilder, StateEffect } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView, ViewPlugin, type ViewUpdate } from '@codemirror/view';
import { parseTemplate } from '@/parts/templates/parse';

export type Mark = { from: number; to: number; text: string };

/** What counts as wrong has changed, though the text has not. */
export const refresh = StateEffect.define<null>();

function decorate(view: EditorView, marksOf: (text: string) => Mark[]): DecorationSet {
    const text = view.state.doc.toString();
    const ranges = [
        ...parseTemplate(text).spans.map(({ from, to, kind }) => ({
            from,
            to,
            decoration: Decoration.mark({ class: `weft-template-${kind}` }),
        })),
        ...marksOf(text)
            .filter(({ from, to }) => to > from)
            .map(({ from, to, text: title }) => ({
                from,
                to,
                decoration: Decoration.mark({ class: 'weft-template-wrong', attributes: { title } }),
            })),
    ].sort((a, b) => a.from - b.from || b.to - a.to);
    const builder = new RangeSetBuilder<Decoration>();
    for (const { from, to, decoration } of ranges) builder.add(from, Math.min(to, text.length), decoration);
    return builder.finish();
}

export function templateHighlight(marksOf: (text: string) => Mark[]): Extension {
    return ViewPlugin.fromClass(
        class {
            decorations: DecorationSet;
            constructor(view: EditorView) {
                this.decorations = decorate(view, marksOf);
            }
            update(update: ViewUpdate) {
                const is_refreshed = update.transactions.some(({ effects }) =>
                    effects.some((each) => each.is(refresh)),
                );
                if (update.docChanged || is_refreshed) this.decorations = decorate(update.view, marksOf);
            }
        },
        { decorations: (plugin) => plugin.decorations },
    );
}

const mono = 'var(--mantine-font-family-monospace)';

export const promptTheme = EditorView.theme({
    '&': {
        fontSize: '13px',
        border: '1px solid var(--mantine-color-default-border)',
        borderRadius: 'var(--mantine-radius-md)',
        backgroundColor: 'var(--mantine-color-body)',
        color: 'var(--mantine-color-text)',
    },
    '&.cm-focused': { outline: 'none', borderColor: 'var(--mantine-primary-color-filled)' },
    '.cm-scroller': { fontFamily: mono, lineHeight: '20px', maxHeight: '60vh', overflow: 'auto' },
    '.cm-content': { padding: '8px 0', caretColor: 'var(--mantine-color-text)' },
    '.cm-line': { padding: '0 10px' },
    // A smaller size makes phones zoom into the field.
    '@media (pointer: coarse)': { '&': { fontSize: '16px' } },
    '.cm-placeholder': { color: 'var(--mantine-color-placeholder)' },
    '.weft-template-brace': { color: 'var(--mantine-color-dimmed)' },
    '.weft-template-path': { color: 'var(--weft-accent-text)', fontWeight: '500' },
    '.weft-template-filter, .weft-template-word': { color: 'var(--weft-warn)' },
    '.weft-template-string, .weft-template-number': { color: 'var(--weft-good)' },
    '.weft-template-wrong': { textDecoration: 'underline wavy var(--weft-bad) 1px', textUnderlineOffset: '3px' },
    '.cm-tooltip': {
        border: '1px solid var(--mantine-color-default-border)',
        borderRadius: 'var(--mantine-radius-md)',
        backgroundColor: 'var(--mantine-color-body)',
        boxShadow: 'var(--mantine-shadow-md)',
        overflow: 'hidden',
    },
    '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: mono, fontSize: '12px', maxHeight: '240px' },
    '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '4px 10px' },
    '.cm-tooltip-autocomplete ul li[aria-selected]': {
        backgroundColor: 'var(--weft-hover)',
        color: 'var(--mantine-color-text)',
    },
    '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '600' },
    '.cm-completionDetail': {
        fontFamily: 'var(--mantine-font-family)',
        fontStyle: 'normal',
        color: 'var(--mantine-color-dimmed)',
        marginLeft: '16px',
    },
});
