import '@xyflow/react/dist/style.css';
import { ActionIcon, Tooltip, useComputedColorScheme } from '@mantine/core';
import { IconFocusCentered, IconMinus, IconPlus } from '@tabler/icons-react';
import { Background, type Connection, MiniMap, ReactFlow, ReactFlowProvider, useReactFlow } from '@xyflow/react';
import { type KeyboardEvent, startTransition, useCallback, useEffect, useRef, useState } from 'react';
import { t } from '@/i18n';
import { useFlowBuilder } from '../context';
import { slotOf } from '../model/edges';
import { connect } from '../model/edit';
import { node_height, node_width } from '../model/layout';
import { type Adding, AddMenu } from './add-menu';
import classes from './canvas.module.css';
import { type FlowNode, useElements } from './elements';
import { node_types } from './nodes';
import { usePicking } from './use-picking';
import { neighbourOf } from './walk';
import { AddContext, edge_types, type WayEdge } from './way-edge';

const several_keys = ['Shift', 'Control', 'Meta'];
const minimap_from = 12;
const zoom_min = 0.1;
const zoom_max = 1.5;
/** Smaller nobody reads the titles: a flow that does not fit so begins at its start. */
const zoom_readable = 0.5;
const first_shown = 8;

/** What is out of sight or of less use is drawn behind the nodes in view, here and elsewhere. */
type CanvasProps = { on_drawn: () => void };

function Controls() {
    const { zoomIn, zoomOut, fitView } = useReactFlow();
    const buttons = [
        { label: t('flow.zoomOut'), icon: IconMinus, act: () => zoomOut() },
        { label: t('flow.zoomIn'), icon: IconPlus, act: () => zoomIn() },
        { label: t('flow.fit'), icon: IconFocusCentered, act: () => fitView({ maxZoom: 1, padding: 0.1 }) },
    ];
    return (
        <div className={classes.controls}>
            {buttons.map(({ label, icon: Icon, act }) => (
                <Tooltip key={label} label={label}>
                    <ActionIcon aria-label={label} onClick={act}>
                        <Icon size={16} stroke={1.75} />
                    </ActionIcon>
                </Tooltip>
            ))}
        </div>
    );
}

function Board({ on_drawn }: CanvasProps) {
    const { builder, skills, selected, marked, select, may_edit, remove } = useFlowBuilder();
    const { doc, problems, change } = builder;
    const scheme = useComputedColorScheme();
    const flow = useReactFlow<FlowNode, WayEdge>();
    const frame = useRef<HTMLDivElement>(null);
    // For the keys: no node has the focus after a frame was drawn.
    const { shown, handlers } = usePicking(() => frame.current?.focus());
    const { nodes, edges, ways, layout } = useElements(doc, problems, skills, shown, may_edit);
    const [adding, setAdding] = useState<Adding>();
    const [is_drawn, setDrawn] = useState(false);
    const onInit = () =>
        startTransition(() => {
            setDrawn(true);
            on_drawn();
        });
    const openAdd = useCallback((way: string, at: DOMRect) => setAdding({ way, at }), []);

    const connectTo = (source: string, handle: string | null | undefined, target: string) => {
        if (source === target) return;
        change((now) => connect(now, source, handle === 'next' || !handle ? 'next' : Number(handle), target));
    };
    const onConnect = ({ source, sourceHandle, target }: Connection) => connectTo(source, sourceHandle, target);
    const onReconnect = (edge: WayEdge, { target }: Connection) => {
        const { source, slot } = slotOf(edge.id);
        connectTo(source, String(slot), target);
    };

    const show = useCallback(
        (id: string, focus: boolean) => {
            const place = layout.nodes.get(id);
            if (!place) return;
            const zoom = Math.max(flow.getZoom(), zoom_readable);
            void flow.setCenter(place.x + node_width / 2, place.y + node_height / 2, { zoom });
            if (!focus) return;
            // What was outside of the view is drawn in the next frame.
            requestAnimationFrame(() =>
                requestAnimationFrame(() =>
                    frame.current?.querySelector<HTMLElement>(`.react-flow__node[data-id="${id}"]`)?.focus(),
                ),
            );
        },
        [flow, layout],
    );

    // Whoever is chosen elsewhere (outline, link, new) comes into view.
    // Only another choice moves the view.
    useEffect(() => {
        if (!selected) return;
        const place = layout.nodes.get(selected);
        const box = frame.current?.getBoundingClientRect();
        if (!place || !box) return;
        const at = flow.flowToScreenPosition({ x: place.x + node_width / 2, y: place.y + node_height / 2 });
        const is_inside =
            at.x > box.left + 40 && at.x < box.right - 40 && at.y > box.top + 40 && at.y < box.bottom - 40;
        if (!is_inside) show(selected, false);
    }, [selected, layout]);

    const onKeyDown = (event: KeyboardEvent) => {
        const node = (event.target as HTMLElement).closest<HTMLElement>('.react-flow__node')?.dataset.id;
        if (event.ctrlKey || event.metaKey) return;
        const is_delete = event.key === 'Delete' || event.key === 'Backspace';
        if (is_delete && marked && (!node || marked.includes(node))) remove(...marked);
        else if (!node) return;
        else if (event.key === 'Enter' || event.key === ' ') select(node);
        else if (is_delete) remove(node);
        else {
            const next = neighbourOf(node, event.key, ways, layout);
            if (!next) return;
            show(next, true);
        }
        event.preventDefault();
        event.stopPropagation();
    };

    return (
        <AddContext value={openAdd}>
            <div className={classes.canvas} ref={frame} tabIndex={-1} onKeyDownCapture={onKeyDown} data-testid="canvas">
                <ReactFlow<FlowNode, WayEdge>
                    aria-label={t('flow.canvasLabel', { name: doc.name })}
                    nodes={nodes}
                    edges={edges}
                    nodeTypes={node_types}
                    edgeTypes={edge_types}
                    colorMode={scheme}
                    nodesDraggable={false}
                    nodesConnectable={may_edit}
                    elementsSelectable
                    deleteKeyCode={null}
                    selectionKeyCode="Shift"
                    multiSelectionKeyCode={several_keys}
                    disableKeyboardA11y
                    onlyRenderVisibleElements
                    onInit={onInit}
                    onConnect={onConnect}
                    onReconnect={onReconnect}
                    {...handlers}
                    minZoom={zoom_min}
                    maxZoom={zoom_max}
                    fitView
                    fitViewOptions={{
                        minZoom: zoom_readable,
                        maxZoom: 1,
                        padding: 0.12,
                        nodes: nodes.length > minimap_from ? nodes.slice(0, first_shown) : undefined,
                    }}
                    proOptions={{ hideAttribution: true }}
                >
                    <Background gap={20} size={1} />
                    {is_drawn && nodes.length >= minimap_from + 2 && (
                        <MiniMap pannable zoomable position="bottom-right" />
                    )}
                    <Controls />
                </ReactFlow>
                <AddMenu adding={adding} on_close={() => setAdding(undefined)} />
            </div>
        </AddContext>
    );
}

export function FlowCanvas(props: CanvasProps) {
    return (
        <ReactFlowProvider>
            <Board {...props} />
        </ReactFlowProvider>
    );
}
