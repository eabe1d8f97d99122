// What canvas, outline, panel and keys do alike.
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { ConnectionLost } from '@/api/client';
import { t } from '@/i18n';
import { detailOf, whatToDo } from '@/parts/error-view';
import { agentsAsText, agentsInText, readAgents, writeAgents } from './clipboard';
import { type AgentDoc, type FlowDoc, newAgent } from './model/document';
import { type Slot, waysOf } from './model/edges';
import { insertAgents, lastOfChain, removeAgents } from './model/edit';
import { runOrder } from './model/layout';
import type { Builder, SaveOutcome } from './use-builder';

const say = (message: string, color?: string) => notifications.show({ message, color, withCloseButton: false });

/** "New agent", "New agent 2", …: prompts find agents by their titles. */
function freeTitle(doc: FlowDoc, title: string): string {
    const taken = new Set(doc.agents.map((agent) => agent.title));
    let free = title;
    for (let number = 2; taken.has(free); ++number) free = `${title} ${number}`;
    return free;
}

/** As a run comes to them: what is pasted begins with the first. */
function inOrder(doc: FlowDoc, ids: readonly string[]): AgentDoc[] {
    const by_id = new Map(doc.agents.map((agent) => [agent._id, agent]));
    const ordered = runOrder([...by_id.keys()], waysOf(doc));
    return ordered.filter((id) => ids.includes(id)).flatMap((id) => by_id.get(id) ?? []);
}

export function useActions(
    builder: Builder,
    selected: string | undefined,
    marked: readonly string[] | undefined,
    select: (id: string | undefined) => void,
    default_model: string,
) {
    const [fresh, setFresh] = useState<string>();
    const { doc, change } = builder;

    const insert = (source: string, slot: Slot, agents: AgentDoc[]) => {
        const named = agents.map((agent) => ({ ...agent, title: freeTitle(doc, agent.title) }));
        change((now) => insertAgents(now, source, slot, named));
        setFresh(named[0]?._id);
        select(named[0]?._id);
    };
    const add = async (source: string, slot: Slot, kind: 'agent' | 'decision' | 'pasted') => {
        if (kind === 'agent') return insert(source, slot, [newAgent(t('flow.newAgent'), default_model)]);
        if (kind === 'decision')
            return insert(source, slot, [newAgent(t('flow.newDecision'), default_model, 'decision_agent')]);
        const agents = await readAgents();
        if (agents.length) insert(source, slot, agents);
        else say(t('flow.nothingToPaste'));
    };
    const chosen = marked ?? (selected ? [selected] : []);
    const remove = (ids: readonly string[]) => {
        change((now) => removeAgents(now, ids));
        if (ids.length > 1 || selected === ids[0]) select(undefined);
    };
    const copyText = () => {
        const agents = chosen.length > 0 ? inOrder(doc, chosen) : doc.agents;
        if (agents.length === 0) return undefined;
        say(t('flow.copied', { count: agents.length }));
        return agentsAsText(agents);
    };
    const cut = () => {
        if (chosen.length > 0) remove(chosen);
    };
    const copy = async (agents: readonly AgentDoc[]) => {
        await writeAgents(
            inOrder(
                doc,
                agents.map(({ _id }) => _id),
            ),
        );
        say(t('flow.copied', { count: agents.length }));
    };
    const pasteText = (text: string) => {
        const agents = agentsInText(text);
        if (agents.length) insert(selected ?? lastOfChain(doc), 'next', agents);
        return agents.length > 0;
    };
    /** Whether the flow is saved now. */
    const told = (outcome: SaveOutcome): boolean => {
        if ('saved' in outcome) {
            say(t('flow.saved', { version: outcome.saved.version ?? 0 }));
            return true;
        }
        if ('conflict' in outcome) return false;
        const { error } = outcome;
        const is_refused = error instanceof Error && 'status' in error && error.status === 422;
        if (error instanceof ConnectionLost) say(t('flow.saveLost'), 'yellow');
        else if (is_refused) say(`${t('flow.saveRefused')} ${detailOf(error)}`, 'red');
        else say(`${detailOf(error)} ${whatToDo(error)}`, 'red');
        return false;
    };
    const save = async () => !builder.is_dirty || told(await builder.save());
    const overwrite = async (version: number) => told(await builder.overwrite(version));
    return { fresh, add, remove, cut, copy, copyText, pasteText, save, overwrite };
}
