import type { CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { t } from '@/i18n';
import { inputsOf } from '@/parts/templates/inputs';
import { filters } from '@/parts/templates/parse';
import type { AgentDoc, FlowDoc } from '../model/document';
import { reachableFrom, waysOf } from '../model/edges';

export type Value = { label: string; detail: string };

/** What a path is made of, as far as it has no blanks. */
const path_pattern = /^[\p{L}\p{N}_.["'\]-]*$/u;
const name_pattern = /^[\p{L}_][\p{L}\p{N}_]*$/u;

/** agents.Reader, agents["Fact checker"], or by _id where two are called the same. */
export function agentPath(doc: FlowDoc, { _id, title }: AgentDoc): string {
    const is_unique = title !== '' && doc.agents.filter((other) => other.title === title).length === 1;
    if (!is_unique) return `agents["${_id}"]`;
    return name_pattern.test(title) ? `agents.${title}` : `agents["${title.replace(/["\\]/g, '\\$&')}"]`;
}

/** What a prompt of this agent can read. */
export function valuesFor(doc: FlowDoc, agent: AgentDoc, form_fields: readonly string[]): Value[] {
    const ways = waysOf(doc);
    const earlier = doc.agents.filter(({ _id }) => reachableFrom(_id, ways, false).has(agent._id));
    const names = new Set([...form_fields, ...inputsOf(doc.agents).map(({ name }) => name)]);
    const input = (name: string) => (name_pattern.test(name) ? `inputs.${name}` : `inputs["${name}"]`);
    return [
        { label: 'goal', detail: t('flow.varGoal') },
        ...[...names].map((name) => ({ label: input(name), detail: t('flow.varInputs') })),
        ...earlier.flatMap((each) => [
            { label: `${agentPath(doc, each)}.text`, detail: t('flow.varAgentText') },
            { label: `${agentPath(doc, each)}.data`, detail: t('flow.varAgentData') },
        ]),
        { label: 'files', detail: t('flow.varFiles') },
        { label: 'now', detail: t('flow.varNow') },
        { label: 'trigger', detail: t('flow.varTrigger') },
    ];
}

/** Within {{ }}: values; behind a | filters. */
export function completionsOf(valuesNow: () => Value[]) {
    return (context: CompletionContext): CompletionResult | null => {
        const before = context.state.sliceDoc(0, context.pos);
        const open = before.lastIndexOf('{{');
        if (open < 0 || before.lastIndexOf('}}') > open) return null;
        const inside = before.slice(open + 2);
        const filter = inside.match(/\|\s*(\w*)$/);
        if (filter) {
            const from = context.pos - (filter[1]?.length ?? 0);
            return {
                from,
                options: filters.map((label) => ({ label, detail: t('flow.varFilter') })),
                validFor: /^\w*$/,
            };
        }
        const typed = inside.match(/[\p{L}\p{N}_.["'\]-]*$/u)?.[0] ?? '';
        const is_closed = /^[^{\n]*\}\}/.test(context.state.sliceDoc(context.pos));
        const options = valuesNow().map(({ label, detail }) => ({
            label,
            detail,
            apply: is_closed ? label : `${inside === typed ? ' ' : ''}${label} }}`,
        }));
        // Asked anew for each letter, the list would not take a click that follows one closely.
        return { from: context.pos - typed.length, options, validFor: path_pattern };
    };
}
