import { Button, SegmentedControl, Skeleton } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconPlus, IconRoute } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useMemo, useState } from 'react';
import { type Flow, flowsQuery } from '@/api/flows';
import { useMay } from '@/api/my-role';
import { settingsQuery } from '@/api/settings';
import { skillsQuery } from '@/api/skills';
import { t } from '@/i18n';
import { EmptyState } from '@/parts/empty-state';
import { Page } from '@/parts/page';
import { RunDialog } from '@/parts/run-dialog';
import classes from './builder.module.css';
import { type BuilderContext, BuilderProvider } from './context';
import type { FlowDoc } from './model/document';
import { lastOfChain } from './model/edit';
import { Notes } from './notes';
import { Outline } from './outline';
import { Panel, phone_query } from './panel';
import { Toolbar } from './toolbar';
import { useActions } from './use-actions';
import { useBuilder } from './use-builder';
import { useBuilderKeys } from './use-keys';
import { Versions } from './versions';
import { ConflictDialog } from './versions/conflict';

const loadCanvas = async () => ({ default: (await import('./canvas')).FlowCanvas });
const FlowCanvas = lazy(loadCanvas);
// Where it is shown at once it is fetched together with the flow, not behind it.
if (!window.matchMedia(phone_query).matches) void loadCanvas();

const rehearsal = 'weft/rehearsal';

/** What is open is in the address: a link leads to an agent, and back closes it. */
function useView() {
    const search = useSearch({ from: '/signed-in/p/$project/flows/$flow' });
    const navigate = useNavigate({ from: '/p/$project/flows/$flow' });
    const set = (patch: Partial<typeof search>, replace = false) =>
        void navigate({ search: (old) => ({ ...old, ...patch }), replace });
    return { ...search, set };
}

/** Several agents at once; those that are gone are not among them. */
function useMarked({ agents }: FlowDoc) {
    const [kept, mark] = useState<readonly string[]>();
    const marked = kept?.filter((id) => agents.some(({ _id }) => _id === id));
    return { marked, mark };
}

function useModels(project: string): { models: string[]; default_model: string } {
    const settings = useQuery(settingsQuery(project)).data;
    const flows = useQuery(flowsQuery(project)).data;
    const default_model = settings?.default_model || rehearsal;
    const models = useMemo(() => {
        const used = flows?.agentflows.flatMap(({ agents }) => agents.map(({ llm }) => llm.model ?? '')) ?? [];
        return [...new Set([default_model, ...used, rehearsal])].filter(Boolean);
    }, [flows, default_model]);
    return { models, default_model };
}

export function FlowBuilder({ project, flow }: { project: string; flow: Flow }) {
    const view = useView();
    const may_edit = useMay(project, 'editor');
    const may_run = useMay(project, 'operator');
    const skills = useQuery(skillsQuery(project)).data;
    const skill_ids = useMemo(() => skills && new Set(skills.map(({ _id }) => _id)), [skills]);
    const { models, default_model } = useModels(project);
    const builder = useBuilder(project, flow, skill_ids);
    const { doc } = builder;
    const is_narrow = useMediaQuery(phone_query, false, { getInitialValueInEffect: false });
    const [is_drawn, setDrawn] = useState(false);
    const [running, setRunning] = useState<{ from?: string; until?: string }>();

    const selected = doc.agents.some(({ _id }) => _id === view.agent) ? view.agent : undefined;
    const { marked, mark } = useMarked(doc);
    const select = (agent: string | undefined) => {
        mark(undefined);
        if (agent !== selected) view.set({ agent, panel: undefined }, selected !== undefined && agent !== undefined);
    };
    const actions = useActions(builder, selected, marked, select, default_model);
    const save = () => void actions.save();
    const run = async (from?: string, until?: string) => {
        if (!may_edit || (await actions.save())) setRunning({ from, until });
    };
    useBuilderKeys({
        save: () => may_edit && save(),
        undo: () => may_edit && builder.undo(),
        redo: () => may_edit && builder.redo(),
        escape: () => select(undefined),
        copyText: actions.copyText,
        cut: () => may_edit && actions.cut(),
        pasteText: (text) => may_edit && actions.pasteText(text),
    });

    const context: BuilderContext = {
        project,
        flow_id: flow._id,
        builder,
        skills: skills ?? [],
        models,
        default_model,
        may_edit,
        may_run,
        selected,
        marked,
        mark,
        fresh: actions.fresh,
        select,
        add: (...where) => may_edit && void actions.add(...where),
        remove: (...agents) => may_edit && actions.remove(agents),
        copy: (agents) => void actions.copy(agents),
        runFrom: (agent) => void run(agent),
        runAlone: (agent) => void run(agent, agent),
    };
    const shows_canvas = !is_narrow || view.view === 'canvas';
    const empty = (
        <div className={classes.empty}>
            <EmptyState
                icon={IconRoute}
                title={t('flow.emptyTitle')}
                text={t('flow.emptyText')}
                action={
                    may_edit && (
                        <Button
                            leftSection={<IconPlus size={16} />}
                            onClick={() => void actions.add(lastOfChain(doc), 'next', 'agent')}
                        >
                            {t('flow.addFirst')}
                        </Button>
                    )
                }
            />
        </div>
    );

    return (
        <BuilderProvider value={context}>
            <Page
                title={doc.name || t('flows.title')}
                width="wide"
                actions={
                    <Toolbar
                        published={flow.published_version === flow.version ? null : flow.published_version}
                        on_save={save}
                        on_run={() => void run()}
                        on_versions={() => view.set({ drawer: 'versions' })}
                        on_settings={() => view.set({ panel: 'flow', agent: undefined })}
                    />
                }
            >
                <Notes />
                <div className={classes.switch}>
                    <SegmentedControl
                        fullWidth
                        size="xs"
                        aria-label={`${t('flow.outline')} / ${t('flow.canvas')}`}
                        value={view.view === 'canvas' ? 'canvas' : 'outline'}
                        onChange={(next) => view.set({ view: next === 'canvas' ? 'canvas' : undefined }, true)}
                        data={[
                            { value: 'outline', label: t('flow.outline') },
                            { value: 'canvas', label: t('flow.canvas') },
                        ]}
                    />
                </div>
                <div className={classes.work}>
                    {(!is_narrow || !shows_canvas) && (
                        <div className={classes.side}>
                            {doc.agents.length === 0 && is_narrow ? (
                                empty
                            ) : (
                                <Outline is_whole={!shows_canvas || is_drawn} />
                            )}
                        </div>
                    )}
                    {shows_canvas && (
                        <div className={classes.middle}>
                            {doc.agents.length === 0 ? (
                                empty
                            ) : (
                                <Suspense fallback={<Skeleton height="100%" radius={0} />}>
                                    <FlowCanvas on_drawn={() => setDrawn(true)} />
                                </Suspense>
                            )}
                        </div>
                    )}
                    {is_narrow ? (
                        <Panel
                            shows_flow={view.panel === 'flow'}
                            on_close={() => view.set({ agent: undefined, panel: undefined })}
                        />
                    ) : (
                        <aside className={classes.panel} aria-label={t('flow.flowSettings')}>
                            <Panel shows_flow={false} on_close={() => select(undefined)} />
                        </aside>
                    )}
                </div>
                <Versions
                    opened={view.drawer === 'versions'}
                    version={view.version}
                    on_version={(version) => view.set({ version })}
                    on_close={() => view.set({ drawer: undefined, version: undefined })}
                />
                <ConflictDialog on_overwrite={(version) => void actions.overwrite(version)} />
                <RunDialog
                    project={project}
                    flow_id={flow._id}
                    opened={running !== undefined}
                    start_from_agent_id={running?.from}
                    stop_after_agent_id={running?.until}
                    on_close={() => setRunning(undefined)}
                />
            </Page>
        </BuilderProvider>
    );
}
