import { ActionIcon, Button, Menu, Text, UnstyledButton } from '@mantine/core';
import {
    IconAlertTriangle,
    IconArrowDown,
    IconArrowUp,
    IconCopy,
    IconDots,
    IconGitFork,
    IconPlus,
    IconRobot,
    IconTrash,
} from '@tabler/icons-react';
import { type KeyboardEvent, useMemo, useRef } from 'react';
import { t } from '@/i18n';
import { useFlowBuilder, worstOf } from './context';
import { type AgentDoc, end_id, type FlowDoc, isDecision } from './model/document';
import { reachableFrom, start_id, waysOf } from './model/edges';
import { lastOfChain, moveAgent } from './model/edit';
import classes from './outline.module.css';

/** As a run meets them; then those that it never meets. */
function inOrder(doc: FlowDoc): AgentDoc[] {
    const met = reachableFrom(start_id, waysOf(doc));
    const by_id = new Map(doc.agents.map((agent) => [agent._id, agent]));
    const first = [...met].flatMap((id) => by_id.get(id) ?? []);
    return [...first, ...doc.agents.filter(({ _id }) => !met.has(_id))];
}

function goesTo(doc: FlowDoc, agent: AgentDoc): string {
    const titleOf = (id: string | null) =>
        !id || id === end_id ? t('flow.end') : doc.agents.find(({ _id }) => _id === id)?.title || t('flow.untitled');
    const targets = isDecision(agent) ? agent.conditions.map(({ decision }) => decision) : [];
    return [...new Set([...targets, agent.next_agent].map(titleOf))].join(', ');
}

function RowMenu({ agent }: { agent: AgentDoc }) {
    const { builder, add, remove, copy } = useFlowBuilder();
    const move = (by: 1 | -1) => builder.change((doc) => moveAgent(doc, agent._id, by));
    return (
        <Menu>
            <Menu.Target>
                <ActionIcon
                    size={28}
                    className={classes.more}
                    aria-label={t('flow.actionsOf', { title: agent.title || t('flow.untitled') })}
                >
                    <IconDots size={16} stroke={1.75} />
                </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
                <Menu.Item
                    leftSection={<IconPlus size={16} stroke={1.5} />}
                    onClick={() => add(agent._id, 'next', 'agent')}
                >
                    {t('flow.addAfter')}
                </Menu.Item>
                <Menu.Item
                    leftSection={<IconGitFork size={16} stroke={1.5} />}
                    onClick={() => add(agent._id, 'next', 'decision')}
                >
                    {t('flow.addDecisionAfter')}
                </Menu.Item>
                <Menu.Divider />
                <Menu.Item leftSection={<IconArrowUp size={16} stroke={1.5} />} onClick={() => move(-1)}>
                    {t('flow.moveUp')}
                </Menu.Item>
                <Menu.Item leftSection={<IconArrowDown size={16} stroke={1.5} />} onClick={() => move(1)}>
                    {t('flow.moveDown')}
                </Menu.Item>
                <Menu.Item leftSection={<IconCopy size={16} stroke={1.5} />} onClick={() => copy([agent])}>
                    {t('flow.copy')}
                </Menu.Item>
                <Menu.Divider />
                <Menu.Item
                    color="var(--weft-bad)"
                    leftSection={<IconTrash size={16} stroke={1.5} />}
                    onClick={() => remove(agent._id)}
                >
                    {t('flow.remove')}
                </Menu.Item>
            </Menu.Dropdown>
        </Menu>
    );
}

/** The flow as a list, with all that the canvas can do. */
export function Outline() {
    const { builder, selected, select, may_edit, add, remove } = useFlowBuilder();
    const { doc, problems, change } = builder;
    const list = useRef<HTMLOListElement>(null);
    const agents = useMemo(() => inOrder(doc), [doc]);
    const by_agent = useMemo(() => Map.groupBy(problems, ({ agent }) => agent), [problems]);

    const onKeyDown = (event: KeyboardEvent<HTMLElement>, agent: AgentDoc, index: number) => {
        const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
        if (by && event.altKey && may_edit) change((now) => moveAgent(now, agent._id, by));
        else if (by) list.current?.querySelectorAll<HTMLElement>('[data-row]')[index + by]?.focus();
        else if ((event.key === 'Delete' || event.key === 'Backspace') && may_edit) remove(agent._id);
        else return;
        event.preventDefault();
    };

    return (
        <nav className={classes.outline} aria-label={t('flow.outlineLabel')}>
            <ol ref={list} className={classes.list}>
                {agents.map((agent, index) => {
                    const own = by_agent.get(agent._id) ?? [];
                    const Kind = isDecision(agent) ? IconGitFork : IconRobot;
                    return (
                        <li key={agent._id} className={classes.row} data-selected={agent._id === selected}>
                            <UnstyledButton
                                data-row
                                className={classes.open}
                                aria-current={agent._id === selected || undefined}
                                onClick={() => select(agent._id)}
                                onKeyDown={(event) => onKeyDown(event, agent, index)}
                            >
                                <Kind size={16} stroke={1.75} className={classes.kind} aria-hidden />
                                <span className={classes.words}>
                                    <span className={classes.title}>{agent.title || t('flow.untitled')}</span>
                                    <span className={classes.next}>
                                        {t('flow.goesTo', { title: goesTo(doc, agent) })}
                                    </span>
                                </span>
                                {own.length > 0 && (
                                    <IconAlertTriangle
                                        size={15}
                                        stroke={1.75}
                                        role="img"
                                        aria-label={t('flow.problems', { count: own.length })}
                                        className={classes.mark}
                                        data-worst={worstOf(own)}
                                    />
                                )}
                            </UnstyledButton>
                            {may_edit && <RowMenu agent={agent} />}
                        </li>
                    );
                })}
            </ol>
            {may_edit && (
                <Button
                    variant="subtle"
                    color="gray"
                    size="xs"
                    fullWidth
                    justify="flex-start"
                    leftSection={<IconPlus size={14} />}
                    onClick={() => add(lastOfChain(doc), 'next', 'agent')}
                >
                    {t('flow.addFirst')}
                </Button>
            )}
            {agents.length === 0 && !may_edit && (
                <Text size="sm" c="dimmed" p="xs">
                    {t('flow.emptyTitle')}
                </Text>
            )}
        </nav>
    );
}
