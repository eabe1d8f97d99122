// Nodes and edges as React Flow takes them. Those of agents that have not changed stay the same objects.
import { MarkerType } from '@xyflow/react';
import { useMemo, useRef } from 'react';
import type { Skill } from '@/api/skills';
import { t } from '@/i18n';
import { worstOf } from '../context';
import { type AgentDoc, end_id, type FlowDoc, isDecision } from '../model/document';
import { start_id, type Way, waysOf } from '../model/edges';
import { type Layout, layoutFlow, node_height, node_width, type Point, pill_height, pill_width } from '../model/layout';
import type { Problem } from '../model/validate';
import { type AgentNode, agentHandles, type PillNode, pillHandles } from './nodes';
import type { WayEdge } from './way-edge';

export type FlowNode = AgentNode | PillNode;

const no_bends: Point[] = [];
const arrow = { type: MarkerType.ArrowClosed, width: 16, height: 16 };
const pill_size = { width: pill_width, height: pill_height };
const agent_size = { width: node_width, height: node_height };

function labelOf(agent: AgentDoc | undefined, { slot }: Way): string | undefined {
    if (!agent || !isDecision(agent)) return undefined;
    if (slot === 'next') return t('flow.otherwise');
    return agent.conditions[slot]?.condition.trim() || t('flow.noCondition');
}

function pillNode(id: string, layout: Layout): PillNode {
    const position = layout.nodes.get(id) ?? { x: 0, y: 0 };
    const known = { ...pill_size, measured: pill_size, handles: pillHandles(id, pill_size) };
    return { id, type: 'pill', position, data: {}, ...known, focusable: false, selectable: false };
}

/** Layout costs more than all else: it is made anew only when a way has changed. */
function useLayout(doc: FlowDoc) {
    const ways = useMemo(() => waysOf(doc), [doc]);
    const shape = ways.map(({ id, target }) => `${id}>${target}`).join(' ');
    // `shape` says all that counts of the document.
    const layout = useMemo(
        () =>
            layoutFlow(
                doc.agents.map(({ _id }) => _id),
                ways,
            ),
        [shape],
    );
    return { ways, layout };
}

export function useElements(
    doc: FlowDoc,
    problems: readonly Problem[],
    skills: readonly Skill[],
    shown: readonly string[],
    may_edit: boolean,
) {
    const { ways, layout } = useLayout(doc);
    const made = useRef(new Map<string, AgentNode>());
    const connectors = useMemo(
        () => new Map(skills.map(({ _id, connector_name }) => [_id, connector_name ?? ''])),
        [skills],
    );
    const nodes = useMemo(() => {
        const by_agent = Map.groupBy(problems, ({ agent }) => agent);
        const chosen = new Set(shown);
        const fresh = new Map<string, AgentNode>();
        for (const agent of doc.agents) {
            const position = layout.nodes.get(agent._id) ?? { x: 0, y: 0 };
            const worst = worstOf(by_agent.get(agent._id) ?? []);
            const names = [...new Set(agent.skills.map((id) => connectors.get(id) ?? ''))].join('\n');
            const is_selected = chosen.has(agent._id);
            const old = made.current.get(agent._id);
            const is_same =
                old?.data.agent === agent &&
                old.data.worst === worst &&
                old.data.connectors === names &&
                old.selected === is_selected &&
                old.position === position;
            const kind = isDecision(agent) ? t('flow.decision') : t('flow.agent');
            const ariaLabel = t('flow.nodeLabel', { kind, title: agent.title || t('flow.untitled') });
            const node: AgentNode = is_same
                ? old
                : {
                      id: agent._id,
                      type: 'agent',
                      position,
                      selected: is_selected,
                      ...agent_size,
                      measured: agent_size,
                      handles: agentHandles(agent, agent_size),
                      ariaLabel,
                      data: { agent, worst, connectors: names },
                  };
            fresh.set(agent._id, node);
        }
        made.current = fresh;
        return [pillNode(start_id, layout), ...fresh.values(), pillNode(end_id, layout)];
        // Another list of the same agents makes no node anew.
    }, [doc, layout, problems, connectors, shown.join(' ')]);

    const made_edges = useRef(new Map<string, WayEdge>());
    const edges = useMemo(() => {
        const by_id = new Map(doc.agents.map((agent) => [agent._id, agent]));
        const incoming = Map.groupBy(ways, ({ target }) => target);
        const titleOf = (id: string) =>
            id === start_id
                ? t('flow.start')
                : id === end_id
                  ? t('flow.end')
                  : by_id.get(id)?.title || t('flow.untitled');
        const fresh = new Map<string, WayEdge>();
        for (const way of ways) {
            const label = labelOf(by_id.get(way.source), way);
            const between = t('flow.addBetween', { from: titleOf(way.source), to: titleOf(way.target) });
            const bends = layout.bends.get(way.id) ?? no_bends;
            const is_alone = incoming.get(way.target)?.length === 1;
            const add_label = label ? `${between}: ${label}` : between;
            const old = made_edges.current.get(way.id);
            const is_same =
                old?.target === way.target &&
                old.data?.bends === bends &&
                old.data.add_label === add_label &&
                old.data.is_alone === is_alone &&
                old.data.may_edit === may_edit;
            const edge: WayEdge = is_same
                ? old
                : {
                      id: way.id,
                      type: 'way',
                      source: way.source,
                      sourceHandle: String(way.slot),
                      target: way.target,
                      markerEnd: arrow,
                      reconnectable: may_edit ? 'target' : false,
                      focusable: false,
                      data: { bends, label, is_alone, add_label, may_edit },
                  };
            fresh.set(way.id, edge);
        }
        made_edges.current = fresh;
        return [...fresh.values()];
    }, [doc, ways, layout, may_edit]);
    return { nodes, edges, ways, layout };
}
