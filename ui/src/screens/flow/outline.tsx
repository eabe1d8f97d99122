import { Button, Menu, Text, UnstyledButton } from '@mantine/core';
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
import { type KeyboardEvent, memo, useCallback, useMemo, useRef, useState } from 'react';
import { t } from '@/i18n';
import { useFlowBuilder, worstOf } from './context';
import { type AgentDoc, end_id, type FlowDoc, isDecision } from './model/document';
import { type Way, waysOf } from './model/edges';
import { lastOfChain, moveAgent } from './model/edit';
import { runOrder } from './model/layout';
import classes from './outline.module.css';

function inOrder({ agents }: FlowDoc, ways: Way[]): AgentDoc[] {
    const by_id = new Map(agents.map((agent) => [agent._id, agent]));
    return runOrder([...by_id.keys()], ways).flatMap((id) => by_id.get(id) ?? []);
}

type Titles = ReadonlyMap<string, string>;

function goesTo(agent: AgentDoc, titles: Titles): string {
    const titleOf = (id: string | null) => (id && id !== end_id && titles.get(id)) || t('flow.end');
    const targets = isDecision(agent) ? agent.conditions.map(({ decision }) => decision) : [];
    return [...new Set([...targets, agent.next_agent].map(titleOf))].join(', ');
}

/** A menu for each of a thousand rows costs seconds: it is made when somebody opens it. */
function RowMenu({ agent, label }: { agent: AgentDoc; label: string }) {
    const [is_wanted, setWanted] = useState(false);
    if (is_wanted) return <OpenedMenu agent={agent} label={label} />;
    return (
        <UnstyledButton
            className={classes.more}
            aria-label={label}
            aria-haspopup="menu"
            aria-expanded={false}
            onClick={() => setWanted(true)}
        >
            <IconDots size={16} stroke={1.75} aria-hidden />
        </UnstyledButton>
    );
}

function OpenedMenu({ agent, label }: { agent: AgentDoc; label: string }) {
    const { builder, add, remove, copy } = useFlowBuilder();
    const move = (by: 1 | -1) => builder.change((doc) => moveAgent(doc, agent._id, by));
    return (
        <Menu defaultOpened>
            <Menu.Target>
                <UnstyledButton className={classes.more} aria-label={label}>
                    <IconDots size={16} stroke={1.75} aria-hidden />
                </UnstyledButton>
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

type RowProps = {
    agent: AgentDoc;
    leads_to: string;
    count: number;
    worst: 'error' | 'warning' | undefined;
    is_selected: boolean;
    may_edit: boolean;
    /** The same function for ever: rows that have not changed are not drawn anew. */
    act: (what: 'open' | 'key', agent: string, event?: KeyboardEvent<HTMLElement>) => void;
};

const Row = memo(function Row({ agent, leads_to, count, worst, is_selected, may_edit, act }: RowProps) {
    const Kind = isDecision(agent) ? IconGitFork : IconRobot;
    const title = agent.title || t('flow.untitled');
    return (
        <li className={classes.row} data-selected={is_selected}>
            <UnstyledButton
                data-row={agent._id}
                className={classes.open}
                aria-current={is_selected || undefined}
                onClick={() => act('open', agent._id)}
                onKeyDown={(event) => act('key', agent._id, event)}
            >
                <Kind size={16} stroke={1.75} className={classes.kind} aria-hidden />
                <span className={classes.words}>
                    <span className={classes.title}>{title}</span>
                    <span className={classes.next}>{t('flow.goesTo', { title: leads_to })}</span>
                </span>
                {count > 0 && (
                    <IconAlertTriangle
                        size={15}
                        stroke={1.75}
                        role="img"
                        aria-label={t('flow.problems', { count })}
                        className={classes.mark}
                        data-worst={worst}
                    />
                )}
            </UnstyledButton>
            {may_edit && <RowMenu agent={agent} label={t('flow.actionsOf', { title })} />}
        </li>
    );
});

/** More than are in view. */
const first_drawn = 50;

/** The flow as a list, with all that the canvas can do. Not whole, it draws the first rows alone. */
export function Outline({ is_whole }: { is_whole: boolean }) {
    const { builder, selected, marked, select, may_edit, add, remove } = useFlowBuilder();
    const { doc, problems, change } = builder;
    const list = useRef<HTMLOListElement>(null);
    const agents = useMemo(() => inOrder(doc, waysOf(doc)), [doc]);
    const drawn = is_whole ? agents : agents.slice(0, first_drawn);
    const by_agent = useMemo(() => Map.groupBy(problems, ({ agent }) => agent), [problems]);

    const titles = useMemo(
        () => new Map(doc.agents.map(({ _id, title }) => [_id, title || t('flow.untitled')])),
        [doc],
    );
    const onKey = (event: KeyboardEvent<HTMLElement>, id: string) => {
        const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
        if (by && event.altKey && may_edit) change((now) => moveAgent(now, id, by));
        else if (by) {
            const rows = [...(list.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
            rows[rows.findIndex((row) => row.dataset.row === id) + by]?.focus();
        } else if ((event.key === 'Delete' || event.key === 'Backspace') && may_edit) remove(id);
        else return;
        event.preventDefault();
    };
    const latest = useRef({ onKey, select });
    latest.current = { onKey, select };
    const act: RowProps['act'] = useCallback((what, id, event) => {
        if (what === 'open') latest.current.select(id);
        else if (event) latest.current.onKey(event, id);
    }, []);

    return (
        <nav className={classes.outline} aria-label={t('flow.outlineLabel')}>
            <ol ref={list} className={classes.list}>
                {drawn.map((agent) => {
                    const own = by_agent.get(agent._id) ?? [];
                    return (
                        <Row
                            key={agent._id}
                            agent={agent}
                            leads_to={goesTo(agent, titles)}
                            count={own.length}
                            worst={worstOf(own)}
                            is_selected={marked ? marked.includes(agent._id) : agent._id === selected}
                            may_edit={may_edit}
                            act={act}
                        />
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
