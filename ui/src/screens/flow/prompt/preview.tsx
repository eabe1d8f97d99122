import { ScrollArea, Select, Text, Textarea, UnstyledButton } from '@mantine/core';
import { IconAlertTriangle, IconChevronRight } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Fragment, useId, useRef, useState } from 'react';
import { type Execution, executionsQuery } from '@/api/executions';
import { t } from '@/i18n';
import { formatRelative } from '@/i18n/format';
import { readsOf } from '@/parts/templates/inputs';
import { useFlowBuilder } from '../context';
import { keepSamples, readSamples, type Samples, sampleValue, typed } from '../model/samples';
import classes from './preview.module.css';
import { type Preview, usePreview } from './use-preview';

/** They come whole, with all that agents wrote. */
const runs_max = 6;
const goal_length_max = 48;
const height_max = 260;

/** Half an expression reads nothing: until it is whole again, what was read before counts, and no field comes and goes. */
function useReads(template: string) {
    const last = useRef<ReturnType<typeof readsOf>>(undefined);
    const now = readsOf(template);
    if (now.is_whole || !last.current) last.current = now;
    return last.current;
}

function useRuns(enabled: boolean) {
    const { project, flow_id } = useFlowBuilder();
    const query = { ...executionsQuery(project, { flow: flow_id, limit: runs_max }), refetchInterval: false as const };
    const { data, isLoading } = useQuery({ ...query, enabled });
    return { runs: data?.data ?? [], is_loading: isLoading };
}

/** What a run was given, and what people have entered in it. */
function inputsOfRun({ input_variables, runtime_inputs }: Execution): Set<string> {
    const entered = Object.values(runtime_inputs ?? {}).flatMap((forms) => Object.values(Object(forms)));
    return new Set([input_variables, ...entered].flatMap((values) => Object.keys(Object(values))));
}

/** The prompt as the model will read it, made of a run's values or of those that somebody types here. */
export function PromptPreview({ template }: { template: string }) {
    const { project, flow_id, builder } = useFlowBuilder();
    const [samples, setSamples] = useState(() => readSamples(flow_id));
    const change = (patch: Partial<Samples>) => {
        const next = { ...samples, ...patch };
        setSamples(next);
        keepSamples(flow_id, next);
    };
    const is_open = !samples.is_closed;
    const id = useId();
    const reads = useReads(template);
    const { runs, is_loading } = useRuns(is_open);
    const latest = runs.find(({ status }) => status === 'completed') ?? runs[0];
    const run = samples.source === typed ? undefined : (runs.find(({ _id }) => _id === samples.source) ?? latest);

    const known = run && inputsOfRun(run);
    const wanted = reads.inputs.filter((name) => !known?.has(name));
    const filled = wanted.flatMap((name) => {
        const text = samples.inputs[name];
        return text ? [[name, sampleValue(text)] as const] : [];
    });
    const { default_goal } = builder.doc;
    const own = { template, input_variables: Object.fromEntries(filled) };
    const order = run ? { ...own, execution_id: run._id } : { ...own, goal: samples.goal || default_goal };
    const preview = usePreview(project, order, is_open && !is_loading);

    const fields = [
        ...(reads.goal && !run
            ? [
                  {
                      name: 'goal',
                      value: samples.goal ?? '',
                      placeholder: default_goal,
                      set: (goal: string) => change({ goal }),
                  },
              ]
            : []),
        ...wanted.map((name) => ({
            name,
            value: samples.inputs[name] ?? '',
            placeholder: t('flow.sampleValue'),
            set: (text: string) => change({ inputs: { ...samples.inputs, [name]: text } }),
        })),
    ];
    return (
        <section className={classes.preview} aria-label={t('flow.samplePreview')}>
            <div className={classes.head}>
                <UnstyledButton
                    className={classes.toggle}
                    aria-expanded={is_open}
                    aria-controls={is_open ? id : undefined}
                    onClick={() => change({ is_closed: is_open })}
                >
                    <IconChevronRight size={14} stroke={2} aria-hidden />
                    {t('flow.samplePreview')}
                </UnstyledButton>
                {is_open && runs.length > 0 && (
                    <Source runs={runs} value={run?._id ?? typed} on_change={(source) => change({ source })} />
                )}
            </div>
            {is_open && (
                <div id={id} className={classes.body}>
                    {fields.length > 0 && (
                        <div className={classes.samples}>
                            {fields.map(({ name, value, placeholder, set }, at) => (
                                <Fragment key={name}>
                                    <label htmlFor={`${id}${at}`} title={name}>
                                        {name}
                                    </label>
                                    <Textarea
                                        id={`${id}${at}`}
                                        size="xs"
                                        minRows={1}
                                        maxRows={4}
                                        value={value}
                                        placeholder={placeholder}
                                        onChange={(event) => set(event.currentTarget.value)}
                                    />
                                </Fragment>
                            ))}
                        </div>
                    )}
                    <Rendered {...preview} />
                    {!run && !is_loading && <AgentsHint names={reads.agents} has_runs={runs.length > 0} />}
                </div>
            )}
        </section>
    );
}

type SourceProps = { runs: readonly Execution[]; value: string; on_change: (source: string) => void };

function Source({ runs, value, on_change }: SourceProps) {
    const nameOf = ({ created_at, goal }: Execution) =>
        [formatRelative(created_at), goal.length > goal_length_max ? `${goal.slice(0, goal_length_max)}…` : goal]
            .filter(Boolean)
            .join(' · ');
    return (
        <Select
            size="xs"
            flex="0 1 220px"
            classNames={{ input: classes.source }}
            aria-label={t('flow.sampleSource')}
            data={[
                { group: t('flow.sampleRuns'), items: runs.map((run) => ({ value: run._id, label: nameOf(run) })) },
                { value: typed, label: t('flow.sampleTyped') },
            ]}
            value={value}
            onChange={(source) => source && on_change(source)}
            comboboxProps={{ width: 300, position: 'bottom-end' }}
        />
    );
}

function Rendered({ text, problem }: Preview) {
    return (
        <>
            <div role="status">
                {problem !== undefined && (
                    <div className={classes.problem}>
                        <IconAlertTriangle size={14} stroke={1.75} aria-hidden />
                        {problem}
                    </div>
                )}
            </div>
            {(text !== undefined || problem === undefined) && (
                <ScrollArea.Autosize
                    mah={height_max}
                    type="auto"
                    className={classes.paper}
                    viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': t('flow.sampleText') }}
                >
                    <div className={classes.text} data-stale={problem !== undefined}>
                        {text}
                    </div>
                </ScrollArea.Autosize>
            )}
        </>
    );
}

/** What agents write, nobody types: it comes from a run. */
function AgentsHint({ names, has_runs }: { names: readonly string[]; has_runs: boolean }) {
    const { doc } = useFlowBuilder().builder;
    if (names.length === 0) return null;
    const titles = names.map((name) => doc.agents.find(({ _id }) => _id === name)?.title ?? name).join(', ');
    return (
        <Text size="xs" c="dimmed">
            {has_runs ? t('flow.sampleFromRun', { names: titles }) : t('flow.sampleNoRun', { names: titles })}
        </Text>
    );
}
