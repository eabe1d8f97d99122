import {
    IconAlertTriangle,
    IconCloud,
    IconDatabase,
    IconEyeCheck,
    IconFileText,
    IconGitFork,
    IconPencil,
    IconRobot,
    IconRoute,
    IconTool,
} from '@tabler/icons-react';
import { Handle, type Node, type NodeHandle, type NodeProps, Position } from '@xyflow/react';
import { memo } from 'react';
import { t } from '@/i18n';
import type { AgentDoc } from '../model/document';
import { end_id, isDecision } from '../model/document';
import { start_id } from '../model/edges';
import type { Problem } from '../model/validate';
import classes from './canvas.module.css';

export type AgentNodeData = {
    agent: AgentDoc;
    worst: Problem['severity'] | undefined;
    /** The connectors of its skills, each once. */
    connectors: string;
};
export type AgentNode = Node<AgentNodeData, 'agent'>;
export type PillNode = Node<Record<string, never>, 'pill'>;

const connector_icons: Record<string, typeof IconTool> = {
    Tables: IconDatabase,
    Files: IconFileText,
    'Content creator': IconPencil,
    Flow: IconRoute,
    'Web service': IconCloud,
};
const connectors_shown_max = 4;

type Size = { width: number; height: number };

/** Where the ways out begin: one in the middle, or one for each condition and the default. */
export function handleShare(slot: number | 'next', conditions: number): number {
    return ((slot === 'next' ? conditions : slot) + 1) / (conditions + 2);
}

const handle_size = 9;

/** Where a handle is, in a node of this size: React Flow would draw every node once to find out. */
function handle(type: 'source' | 'target', { width, height }: Size, share: number, id?: string): NodeHandle {
    const [x, y] = [width * share, type === 'target' ? 0 : height];
    return {
        id,
        type,
        position: type === 'target' ? Position.Top : Position.Bottom,
        x: x - handle_size / 2,
        y: y - handle_size / 2,
        width: handle_size,
        height: handle_size,
    };
}

export function agentHandles(agent: AgentDoc, size: Size): NodeHandle[] {
    const target = handle('target', size, 0.5);
    if (!isDecision(agent)) return [target, handle('source', size, 0.5, 'next')];
    const { length } = agent.conditions;
    const slots = [...agent.conditions.keys(), 'next' as const];
    return [target, ...slots.map((slot) => handle('source', size, handleShare(slot, length), String(slot)))];
}

export const pillHandles = (id: string, size: Size): NodeHandle[] =>
    id === start_id ? [handle('source', size, 0.5, 'next')] : [handle('target', size, 0.5)];

function AgentNodeView({ data, selected }: NodeProps<AgentNode>) {
    const { agent, worst, connectors } = data;
    const is_decision = isDecision(agent);
    const branches = is_decision ? agent.conditions.length : 0;
    const names = connectors ? connectors.split('\n') : [];
    const Kind = is_decision ? IconGitFork : IconRobot;
    return (
        <div className={classes.agent} data-selected={selected} data-worst={worst} data-decision={is_decision}>
            <Handle type="target" position={Position.Top} className={classes.handle} />
            <div className={classes.head}>
                <Kind size={16} stroke={1.75} aria-hidden className={classes.kind} />
                <span className={classes.title} data-missing={!agent.title}>
                    {agent.title || t('flow.untitled')}
                </span>
                {worst && <IconAlertTriangle size={15} stroke={1.75} aria-hidden className={classes.mark} />}
            </div>
            <div className={classes.role}>{agent.role || agent.role_description || ' '}</div>
            <div className={classes.foot}>
                <span className={classes.model}>{agent.llm?.model ?? ''}</span>
                {agent.is_preview_mode_enabled && (
                    <IconEyeCheck size={14} stroke={1.75} aria-label={t('flow.preview')} role="img" />
                )}
                {names.slice(0, connectors_shown_max).map((name) => {
                    const Icon = connector_icons[name] ?? IconTool;
                    return <Icon key={name} size={14} stroke={1.75} aria-label={name} role="img" />;
                })}
            </div>
            {is_decision ? (
                [...agent.conditions.keys(), 'next' as const].map((slot) => (
                    <Handle
                        key={slot}
                        id={String(slot)}
                        type="source"
                        position={Position.Bottom}
                        className={classes.handle}
                        style={{ left: `${handleShare(slot, branches) * 100}%` }}
                    />
                ))
            ) : (
                <Handle id="next" type="source" position={Position.Bottom} className={classes.handle} />
            )}
        </div>
    );
}

function PillNodeView({ id }: NodeProps<PillNode>) {
    return (
        <div className={classes.pill}>
            {id === end_id && <Handle type="target" position={Position.Top} className={classes.handle} />}
            {id === start_id ? t('flow.start') : t('flow.end')}
            {id === start_id && (
                <Handle id="next" type="source" position={Position.Bottom} className={classes.handle} />
            )}
        </div>
    );
}

export const node_types = { agent: memo(AgentNodeView), pill: memo(PillNodeView) };
