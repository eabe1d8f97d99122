// The flow that is open: its document with undo, what is saved of it, and who else has saved meanwhile.
import { useCallback, useDeferredValue, useEffect, useMemo, useReducer, useState } from 'react';
import { ApiError } from '@/api/client';
import { type Flow, readFlow, useSaveFlow } from '@/api/flows';
import { docOf, type FlowDoc, isSame, patchOf } from './model/document';
import { readDraft } from './model/draft';
import { historyOf, historyReducer } from './model/history';
import { type Problem, problemsOf, serverProblems } from './model/validate';
import { useDraft } from './use-draft';

/** What the edited document was made from. */
export type Base = { doc: FlowDoc; version: number };
export type Conflict = { theirs: FlowDoc; version: number };
export type SaveOutcome = { saved: Flow } | { conflict: true } | { error: unknown };
type Refused = { doc: FlowDoc; problems: Problem[] };

const versionOf = (flow: Flow) => flow.version ?? 0;

export function useBuilder(project: string, flow: Flow, skills: ReadonlySet<string> | undefined) {
    const [found] = useState(() => readDraft(flow._id));
    const [base, setBase] = useState<Base>(() =>
        found ? { doc: found.base, version: found.base_version } : { doc: docOf(flow), version: versionOf(flow) },
    );
    const [history, dispatch] = useReducer(historyReducer, found?.doc ?? base.doc, historyOf);
    const [conflict, setConflict] = useState<Conflict>();
    const [refused, setRefused] = useState<Refused>();
    const save_flow = useSaveFlow(project);
    const doc = history.present;
    const is_dirty = useMemo(() => !isSame(doc, base.doc), [doc, base]);
    const is_kept = useDraft(flow._id, doc, base, is_dirty);

    const load = useCallback((next: FlowDoc, version: number) => {
        dispatch({ type: 'load', doc: next });
        setBase({ doc: next, version });
        setConflict(undefined);
        setRefused(undefined);
    }, []);

    const newer = versionOf(flow) > base.version ? versionOf(flow) : undefined;
    useEffect(() => {
        // Somebody else has saved, and nothing of ours is lost by showing it.
        if (newer !== undefined && !is_dirty && !save_flow.isPending) load(docOf(flow), newer);
    }, [newer, is_dirty, flow, load, save_flow.isPending]);

    const change = useCallback(
        (edit: (doc: FlowDoc) => FlowDoc, key?: string) =>
            dispatch({ type: 'change', change: edit, key, at: performance.now() }),
        [],
    );

    const [settled, setSettled] = useState<{ sent: FlowDoc; told: FlowDoc }>();
    useEffect(() => {
        if (settled && doc === settled.sent) dispatch({ type: 'settle', doc: settled.told });
    }, [settled, doc]);

    /** Somebody was faster, unless what the server refused is something else. */
    const meet = async (sent: FlowDoc, expected_version: number, refused: ApiError): Promise<SaveOutcome> => {
        const latest = await readFlow(flow._id).catch((error: unknown) => ({ error }));
        if ('error' in latest) return latest;
        if (versionOf(latest) === expected_version) return { error: refused };
        const theirs = docOf(latest);
        if (isSame(theirs, sent)) {
            load(theirs, versionOf(latest));
            return { saved: latest };
        }
        setConflict({ theirs, version: versionOf(latest) });
        return { conflict: true };
    };
    const put = async (sent: FlowDoc, expected_version: number): Promise<SaveOutcome> => {
        try {
            const saved = await save_flow.mutateAsync({ id: flow._id, patch: patchOf(sent), expected_version });
            const told = docOf(saved);
            setBase({ doc: told, version: versionOf(saved) });
            // What was typed meanwhile stays, and is not saved yet.
            setSettled({ sent, told });
            setRefused(undefined);
            setConflict(undefined);
            return { saved };
        } catch (error) {
            if (error instanceof ApiError && error.status === 409) return meet(sent, expected_version, error);
            if (error instanceof ApiError && error.status === 422)
                setRefused({ doc: sent, problems: serverProblems(sent, error.errors) });
            return { error };
        }
    };

    const lookedAt = useDeferredValue(doc);
    const problems = useMemo(() => {
        const own = problemsOf(lookedAt, skills);
        // What the server refused counts until it is touched.
        const agentIn = (of: FlowDoc, id: string) => of.agents.find(({ _id }) => _id === id);
        const still = refused?.problems.filter(({ agent }) =>
            agent ? agentIn(lookedAt, agent) === agentIn(refused.doc, agent) : lookedAt === refused.doc,
        );
        // Of a mistake in a template the server's sentence says more than ours.
        const isTold = ({ agent, field, code }: Problem) =>
            code === 'template' && still?.some((each) => each.agent === agent && each.field === field);
        return [...(still ?? []), ...own.filter((each) => !isTold(each))];
    }, [lookedAt, skills, refused]);

    return {
        doc,
        base,
        problems,
        is_dirty,
        is_kept,
        is_saving: save_flow.isPending,
        has_draft_of: found && is_dirty ? found.changed_at : undefined,
        newer: newer !== undefined && is_dirty ? newer : undefined,
        conflict,
        change,
        save: () => put(doc, base.version),
        showConflict: () => setConflict({ theirs: docOf(flow), version: versionOf(flow) }),
        closeConflict: () => setConflict(undefined),
        overwrite: (version: number) => put(doc, version),
        load,
        discard: () => load(docOf(flow), versionOf(flow)),
        undo: () => dispatch({ type: 'undo' }),
        redo: () => dispatch({ type: 'redo' }),
        can_undo: history.past.length > 0,
        can_redo: history.future.length > 0,
    };
}

export type Builder = ReturnType<typeof useBuilder>;
