import type { NodeChange } from '@xyflow/react';
import { type MouseEvent, useRef } from 'react';
import { useFlowBuilder } from '../context';
import type { FlowNode } from './elements';

/** Several agents at once: a frame drawn with Shift, or clicks with Shift, Ctrl or ⌘. One alone is opened. */
export function usePicking(on_framed: () => void) {
    const { marked, mark, selected, select } = useFlowBuilder();
    const shown = marked ?? (selected ? [selected] : []);
    /** As the library counts, which tells several changes before it is drawn anew. */
    const picked = useRef(shown);
    const is_framing = useRef(false);
    if (!is_framing.current) picked.current = [...shown];

    const onNodesChange = (changes: NodeChange<FlowNode>[]) => {
        const next = new Set(picked.current);
        for (const change of changes) {
            if (change.type !== 'select') continue;
            if (change.selected) next.add(change.id);
            else next.delete(change.id);
        }
        picked.current = [...next];
        if (is_framing.current || next.size > 1) mark(picked.current);
    };
    const open = () => {
        if (picked.current.length < 2) select(picked.current[0]);
    };
    return {
        shown,
        handlers: {
            onNodesChange,
            onNodeClick: (event: MouseEvent, node: FlowNode) => {
                if (node.type !== 'agent') return;
                if (event.shiftKey || event.ctrlKey || event.metaKey) open();
                else select(node.id);
            },
            onPaneClick: () => select(undefined),
            onSelectionStart: () => {
                is_framing.current = true;
                picked.current = [];
                mark([]);
            },
            onSelectionEnd: () => {
                is_framing.current = false;
                open();
                on_framed();
            },
        },
    };
}
