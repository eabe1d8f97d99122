import { createContext, use } from 'react';
import type { Skill } from '@/api/skills';
import type { AgentDoc } from './model/document';
import type { Slot } from './model/edges';
import type { Problem } from './model/validate';
import type { Builder } from './use-builder';

export type BuilderContext = {
    project: string;
    flow_id: string;
    builder: Builder;
    skills: readonly Skill[];
    /** Models that a person of this project is likely to mean. */
    models: readonly string[];
    default_model: string;
    may_edit: boolean;
    may_run: boolean;
    selected: string | undefined;
    /** Several agents, chosen on the canvas; absent: at most the one that is open. */
    marked: readonly string[] | undefined;
    mark: (agents: readonly string[]) => void;
    /** Just made: its title is to be typed. */
    fresh: string | undefined;
    select: (agent: string | undefined) => void;
    /** A new agent, or a decision, where a way leads now. */
    add: (source: string, slot: Slot, kind: 'agent' | 'decision' | 'pasted') => void;
    remove: (...agents: string[]) => void;
    /** To the clipboard, for this flow and others. */
    copy: (agents: readonly AgentDoc[]) => void;
    runFrom: (agent: string) => void;
    /** This agent, and no other. */
    runAlone: (agent: string) => void;
};

const Context = createContext<BuilderContext | undefined>(undefined);
export const BuilderProvider = Context.Provider;

export function useFlowBuilder(): BuilderContext {
    const found = use(Context);
    if (!found) throw new Error('no builder around this');
    return found;
}

export const worstOf = (problems: readonly Problem[]): Problem['severity'] | undefined =>
    problems.some(({ severity }) => severity === 'error') ? 'error' : problems.length ? 'warning' : undefined;
