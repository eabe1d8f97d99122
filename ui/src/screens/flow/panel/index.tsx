import { ActionIcon, Drawer, Group, Menu, Text, Tooltip } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconCopy, IconDots, IconTrash, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { settingsQuery } from '@/api/settings';
import { t } from '@/i18n';
import { useFlowBuilder } from '../context';
import type { AgentDoc } from '../model/document';
import { AgentPanel } from './agent-panel';
import { FlowPanel } from './flow-panel';
import { MarkedPanel } from './marked-panel';
import classes from './panel.module.css';

export const phone_query = '(max-width: 62em)';

function AgentMenu({ agent }: { agent: AgentDoc }) {
    const { remove, copy } = useFlowBuilder();
    return (
        <Menu>
            <Menu.Target>
                <ActionIcon aria-label={t('flow.actionsOf', { title: agent.title || t('flow.untitled') })}>
                    <IconDots size={16} stroke={1.75} />
                </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
                <Menu.Item leftSection={<IconCopy size={16} stroke={1.5} />} onClick={() => copy([agent])}>
                    {t('flow.copy')}
                </Menu.Item>
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

function Head({ title, agent, on_close }: { title: string; agent?: AgentDoc; on_close?: () => void }) {
    const { may_edit } = useFlowBuilder();
    return (
        <div className={classes.head}>
            <Text fw={600} size="sm" component="h2" truncate flex={1}>
                {title}
            </Text>
            <Group gap={2} wrap="nowrap">
                {agent && may_edit && <AgentMenu agent={agent} />}
                {on_close && (
                    <Tooltip label={t('flow.closePanel')}>
                        <ActionIcon aria-label={t('flow.closePanel')} onClick={on_close}>
                            <IconX size={16} stroke={1.75} />
                        </ActionIcon>
                    </Tooltip>
                )}
            </Group>
        </div>
    );
}

type PanelProps = { shows_flow: boolean; on_close: () => void };

/** The chosen agent, or the flow's settings. Beside the canvas; where there is no room, over everything. */
export function Panel({ shows_flow, on_close }: PanelProps) {
    const { builder, selected, marked = [], project, flow_id, select } = useFlowBuilder();
    const is_narrow = useMediaQuery(phone_query, false, { getInitialValueInEffect: false });
    const settings = useQuery(settingsQuery(project)).data;
    const form = settings?.input_forms.find(({ agentflow_id }) => agentflow_id === flow_id);
    const form_fields = form?.fields.map(({ name }) => name) ?? [];
    const agent = builder.doc.agents.find(({ _id }) => _id === selected);
    const title = agent ? agent.title || t('flow.untitled') : t('flow.flowSettings');
    const content = agent ? <AgentPanel key={agent._id} agent={agent} form_fields={form_fields} /> : <FlowPanel />;
    if (!is_narrow && marked.length > 1)
        return (
            <>
                <Head title={t('flow.marked', { count: marked.length })} on_close={() => select(undefined)} />
                <div className={classes.body}>
                    <MarkedPanel agents={builder.doc.agents.filter(({ _id }) => marked.includes(_id))} />
                </div>
            </>
        );
    if (!is_narrow)
        return (
            <>
                <Head title={title} agent={agent} on_close={agent && (() => select(undefined))} />
                {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
                <section className={classes.body} tabIndex={0} aria-label={title}>
                    {content}
                </section>
            </>
        );
    return (
        <Drawer.Root opened={agent !== undefined || shows_flow} onClose={on_close} size="100%" position="right">
            <Drawer.Content aria-label={title} data-builder>
                <Head title={title} agent={agent} on_close={on_close} />
                <div className={classes.body}>{content}</div>
            </Drawer.Content>
        </Drawer.Root>
    );
}
