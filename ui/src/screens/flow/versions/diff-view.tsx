import { Badge, Stack, Text } from '@mantine/core';
import { IconArrowNarrowRight } from '@tabler/icons-react';
import { useMemo } from 'react';
import type { Skill } from '@/api/skills';
import { t } from '@/i18n';
import { formatNumber } from '@/i18n/format';
import { type AgentChange, diffFlows, diffLines, type FieldChange, isEmptyDiff, type Line } from '../model/diff';
import { type Branch, end_id, type FlowDoc } from '../model/document';
import classes from './diff-view.module.css';
import { fieldName } from './field-names';

type Names = (id: string) => string | undefined;

const short_max = 60;
const context_lines = 2;

function branchText({ condition, decision }: Branch, names: Names): string {
    return `${condition} → ${decision === end_id ? t('flow.end') : (names(decision) ?? decision)}`;
}

function valueText(field: string, value: unknown, names: Names): string {
    if (field === 'next_agent' && value === null) return t('flow.end');
    if (value === undefined || value === null || value === '') return '';
    if (typeof value === 'string') return names(value) ?? value;
    if (typeof value === 'number') return formatNumber(value);
    if (typeof value === 'boolean') return value ? t('flow.yes') : t('flow.no');
    if (field === 'conditions') return (value as Branch[]).map((branch) => branchText(branch, names)).join('\n');
    if (Array.isArray(value) && value.every((each) => typeof each === 'string'))
        return value.map((each) => names(each) ?? each).join('\n');
    return JSON.stringify(value, null, 2);
}

type Shown = Line | { kind: 'gap'; count: number };

/** Far from any change, lines are only counted. */
function folded(lines: readonly Line[]): Shown[] {
    const is_near = lines.map((_, at) =>
        lines.slice(Math.max(0, at - context_lines), at + context_lines + 1).some(({ kind }) => kind !== 'same'),
    );
    const shown: Shown[] = [];
    for (const [at, line] of lines.entries()) {
        const last = shown.at(-1);
        if (is_near[at]) shown.push(line);
        else if (last?.kind === 'gap') ++last.count;
        else shown.push({ kind: 'gap', count: 1 });
    }
    return shown;
}

const signs = { added: '+', removed: '−', same: ' ' } as const;

function TextDiff({ before, after }: { before: string; after: string }) {
    const lines = useMemo(() => folded(diffLines(before, after)), [before, after]);
    return (
        <div className={classes.lines}>
            {lines.map((line, at) =>
                line.kind === 'gap' ? (
                    <div key={at} className={classes.gap}>
                        {t('flow.unchangedLines', { count: line.count })}
                    </div>
                ) : (
                    <div key={at} className={classes.line} data-kind={line.kind}>
                        <span aria-hidden>{signs[line.kind]}</span>
                        {line.kind === 'added' ? <ins>{line.text}</ins> : null}
                        {line.kind === 'removed' ? <del>{line.text}</del> : null}
                        {line.kind === 'same' ? <span>{line.text}</span> : null}
                    </div>
                ),
            )}
        </div>
    );
}

function FieldRow({ change, names }: { change: FieldChange; names: Names }) {
    const before = valueText(change.field, change.before, names);
    const after = valueText(change.field, change.after, names);
    const is_short = before.length <= short_max && after.length <= short_max && !`${before}${after}`.includes('\n');
    return (
        <div className={classes.field}>
            <Text size="xs" c="dimmed">
                {fieldName(change.field)}
            </Text>
            {is_short ? (
                <div className={classes.short}>
                    <del>{before || t('flow.nothing')}</del>
                    <IconArrowNarrowRight size={15} stroke={1.5} aria-hidden />
                    <ins>{after || t('flow.nothing')}</ins>
                </div>
            ) : (
                <TextDiff before={before} after={after} />
            )}
        </div>
    );
}

const badges = {
    added: ['flow.agentAdded', 'var(--weft-good)'],
    removed: ['flow.agentRemoved', 'var(--weft-bad)'],
    changed: ['flow.agentChanged', 'var(--weft-warn)'],
} as const;

function AgentBlock({ change, names }: { change: AgentChange; names: Names }) {
    const [key, color] = badges[change.kind];
    return (
        <section className={classes.agent}>
            <div className={classes.head}>
                <Text size="sm" fw={600} truncate>
                    {change.agent.title || t('flow.untitled')}
                </Text>
                <Badge variant="default" c={color} size="sm">
                    {t(key)}
                </Badge>
            </div>
            {change.kind !== 'changed' && change.agent.prompt.template && (
                <TextDiff
                    before={change.kind === 'removed' ? change.agent.prompt.template : ''}
                    after={change.kind === 'added' ? change.agent.prompt.template : ''}
                />
            )}
            {change.fields.map((field) => (
                <FieldRow key={field.field} change={field} names={names} />
            ))}
        </section>
    );
}

type DiffViewProps = { before: FlowDoc; after: FlowDoc; skills: readonly Skill[] };

/** What differs, agent by agent and field by field. */
export function DiffView({ before, after, skills }: DiffViewProps) {
    const diff = useMemo(() => diffFlows(before, after), [before, after]);
    const named = new Map<string, string>([
        ...skills.map(({ _id, name }) => [_id, name] as const),
        ...[...before.agents, ...after.agents].map(
            ({ _id, title }) => [_id, title || t('flow.untitled')] as [string, string],
        ),
    ]);
    const names: Names = (id) => named.get(id);
    if (isEmptyDiff(diff))
        return (
            <Text size="sm" c="dimmed">
                {t('flow.noDifference')}
            </Text>
        );
    return (
        <Stack gap="sm">
            {diff.fields.length > 0 && (
                <section className={classes.agent}>
                    <div className={classes.head}>
                        <Text size="sm" fw={600}>
                            {t('flow.flowChanged')}
                        </Text>
                    </div>
                    {diff.fields.map((field) => (
                        <FieldRow key={field.field} change={field} names={names} />
                    ))}
                </section>
            )}
            {diff.agents.map((change) => (
                <AgentBlock key={change.agent._id} change={change} names={names} />
            ))}
        </Stack>
    );
}
