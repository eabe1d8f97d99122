import { IconPlus } from '@tabler/icons-react';
import { BaseEdge, type Edge, EdgeLabelRenderer, type EdgeProps } from '@xyflow/react';
import { createContext, memo, use } from 'react';
import type { Point } from '../model/layout';
import { linePath } from '../model/path';
import classes from './canvas.module.css';

export type WayData = {
    bends: Point[];
    /** Of a decision's way: when it is taken. */
    label?: string;
    /** Nothing else leads to its target: the label stands there, where there is room. */
    is_alone: boolean;
    add_label: string;
    may_edit: boolean;
};
export type WayEdge = Edge<WayData, 'way'>;

/** Opens the menu of what can be added on a way. */
export const AddContext = createContext<(way: string, at: DOMRect) => void>(() => {});

const label_gap = 20;

function WayEdgeView({ id, sourceX, sourceY, targetX, targetY, markerEnd, data }: EdgeProps<WayEdge>) {
    const add = use(AddContext);
    const path = linePath({ x: sourceX, y: sourceY }, { x: targetX, y: targetY }, data?.bends);
    const at_target = data?.is_alone && !data.bends.length;
    const straight = Math.abs(sourceX - targetX) < 1 && !data?.label && !data?.bends.length;
    const y = straight ? (sourceY + targetY) / 2 : at_target ? targetY - label_gap : sourceY + label_gap;
    const x = at_target ? targetX : sourceX;
    return (
        <>
            <BaseEdge id={id} path={path} markerEnd={markerEnd} interactionWidth={16} />
            <EdgeLabelRenderer>
                <div
                    className={`nodrag nopan ${classes.way}`}
                    data-wide={at_target}
                    style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
                >
                    {data?.label && (
                        <span className={classes.label} title={data.label}>
                            {data.label}
                        </span>
                    )}
                    {data?.may_edit && (
                        <button
                            type="button"
                            className={classes.add}
                            aria-label={data.add_label}
                            aria-haspopup="menu"
                            onClick={(event) => add(id, event.currentTarget.getBoundingClientRect())}
                        >
                            <IconPlus size={12} stroke={2.25} aria-hidden />
                        </button>
                    )}
                </div>
            </EdgeLabelRenderer>
        </>
    );
}

export const edge_types = { way: memo(WayEdgeView) };
