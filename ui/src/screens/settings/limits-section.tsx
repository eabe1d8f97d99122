import { Autocomplete, Button, NumberInput, Select, SimpleGrid, Stack, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { connectorsQuery } from '@/api/connectors';
import { flowsQuery } from '@/api/flows';
import type { Limits, ProjectSettings } from '@/api/settings';
import { t } from '@/i18n';
import type { ErrorsAt } from '@/parts/draft';
import { SettingsCard, SettingsGroup } from '@/parts/settings-group';
import type { SectionProps } from '.';
import { providers } from './providers';
import { SectionForm } from './section-form';
import classes from './settings.module.css';

type RunLimit = NonNullable<Limits['project']>;
type CallLimit = { concurrent_calls?: number | null; calls_per_minute?: number | null };
type Draft = Required<Limits>;

const read = ({ limits }: ProjectSettings): Draft => ({
    project: limits?.project ?? {},
    agentflows: limits?.agentflows ?? [],
    models: limits?.models ?? [],
    connectors: limits?.connectors ?? [],
});

const count = (value: string | number) => (value === '' ? null : Number(value));

/** How many runs and calls at once, and in a minute. What is left empty is not limited. */
export function LimitsSection({ project }: SectionProps) {
    const flows = useQuery(flowsQuery(project)).data?.agentflows ?? [];
    const groups = useQuery(connectorsQuery(project)).data ?? [];
    const flow_choices = flows.map(({ _id, name }) => ({ value: _id, label: name }));
    const connector_choices = groups.flatMap(({ category, accountDetails }) => [
        { value: category, label: t('budgets.allOf', { category }) },
        ...accountDetails.map(({ connectorID, sourceName }) => ({ value: connectorID, label: sourceName })),
    ]);
    return (
        <SectionForm project={project} read={read} patch={(limits) => ({ limits })}>
            {({ value, set, at, may_edit }) => (
                <>
                    <SettingsGroup title={t('budgets.runs')} lead={t('budgets.runsLead')}>
                        <RunFields
                            limit={value.project}
                            on_change={(next) => set({ ...value, project: next })}
                            at={(field) => at(`limits.project.${field}`)}
                        />
                    </SettingsGroup>
                    <LimitList
                        title={t('budgets.flowRuns')}
                        add={t('budgets.addFlow')}
                        rows={value.agentflows}
                        on_change={(agentflows) => set({ ...value, agentflows })}
                        fresh={{ agentflow_id: '', concurrent_runs: 1, when_full: 'queue' }}
                        may_edit={may_edit}
                    >
                        {(row, change, index) => (
                            <>
                                <Select
                                    mb="sm"
                                    maw={360}
                                    searchable
                                    label={t('budgets.flow')}
                                    placeholder={t('budgets.chooseFlow')}
                                    data={flow_choices}
                                    value={row.agentflow_id || null}
                                    onChange={(id) => change({ agentflow_id: id ?? '' })}
                                    error={at(`limits.agentflows.${index}.agentflow_id`)}
                                />
                                <RunFields
                                    limit={row}
                                    on_change={change}
                                    at={(field) => at(`limits.agentflows.${index}.${field}`)}
                                />
                            </>
                        )}
                    </LimitList>
                    <LimitList
                        title={t('budgets.modelCalls')}
                        lead={t('budgets.callsLead')}
                        add={t('budgets.addModel')}
                        rows={value.models}
                        on_change={(models) => set({ ...value, models })}
                        fresh={{ model: '', concurrent_calls: 4 }}
                        may_edit={may_edit}
                    >
                        {(row, change, index) => (
                            <CallFields limit={row} on_change={change} at={at} path={`limits.models.${index}`}>
                                <Autocomplete
                                    size="sm"
                                    label={t('budgets.model')}
                                    placeholder="openai/gpt-4o-mini"
                                    data={providers.map(({ id }) => id)}
                                    value={row.model}
                                    onChange={(model) => change({ model })}
                                    error={at(`limits.models.${index}.model`)}
                                />
                            </CallFields>
                        )}
                    </LimitList>
                    <LimitList
                        title={t('budgets.connectorCalls')}
                        add={t('budgets.addConnector')}
                        rows={value.connectors}
                        on_change={(connectors) => set({ ...value, connectors })}
                        fresh={{ connector: '', concurrent_calls: 4 }}
                        may_edit={may_edit}
                    >
                        {(row, change, index) => (
                            <CallFields limit={row} on_change={change} at={at} path={`limits.connectors.${index}`}>
                                <Select
                                    label={t('budgets.connector')}
                                    placeholder={t('budgets.chooseConnector')}
                                    searchable
                                    data={connector_choices}
                                    value={row.connector || null}
                                    onChange={(connector) => change({ connector: connector ?? '' })}
                                    error={at(`limits.connectors.${index}.connector`)}
                                />
                            </CallFields>
                        )}
                    </LimitList>
                </>
            )}
        </SectionForm>
    );
}

type LimitListProps<T> = {
    title: string;
    lead?: string;
    add: string;
    rows: T[];
    on_change: (rows: T[]) => void;
    fresh: T;
    may_edit: boolean;
    children: (row: T, change: (part: Partial<T>) => void, index: number) => ReactNode;
};

function LimitList<T>({ title, lead, add, rows, on_change, fresh, may_edit, children }: LimitListProps<T>) {
    const put = (index: number, part: Partial<T>) =>
        on_change(rows.map((row, each) => (each === index ? { ...row, ...part } : row)));
    const button = may_edit && (
        <Button
            variant="default"
            size="xs"
            leftSection={<IconPlus size={14} />}
            onClick={() => on_change([...rows, fresh])}
        >
            {add}
        </Button>
    );
    return (
        <SettingsGroup title={title} lead={lead} action={button}>
            {rows.length === 0 ? (
                <Text size="sm" c="dimmed">
                    {t('budgets.noLimit')}
                </Text>
            ) : (
                <SettingsCard>
                    {rows.map((row, index) => (
                        // By index: limits have no id, and their order is theirs
                        <div key={index} className={classes.entry}>
                            {children(row, (part) => put(index, part), index)}
                            {may_edit && (
                                <Button
                                    variant="subtle"
                                    color="gray"
                                    size="xs"
                                    mt="xs"
                                    ml={-12}
                                    onClick={() => on_change(rows.filter((_, each) => each !== index))}
                                >
                                    {t('budgets.removeLimit')}
                                </Button>
                            )}
                        </div>
                    ))}
                </SettingsCard>
            )}
        </SettingsGroup>
    );
}

type RunFieldsProps = {
    limit: RunLimit;
    on_change: (limit: RunLimit) => void;
    at: (field: string) => string | undefined;
};

function RunFields({ limit, on_change, at }: RunFieldsProps) {
    const change = (part: RunLimit) => on_change({ ...limit, ...part });
    return (
        <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="sm">
            <CountInput
                label={t('budgets.concurrentRuns')}
                value={limit.concurrent_runs}
                on_change={(concurrent_runs) => change({ concurrent_runs })}
                error={at('concurrent_runs')}
            />
            <CountInput
                label={t('budgets.startsPerMinute')}
                value={limit.starts_per_minute}
                on_change={(starts_per_minute) => change({ starts_per_minute })}
                error={at('starts_per_minute')}
            />
            <Select
                label={t('budgets.whenFull')}
                data={[
                    { value: 'queue', label: t('budgets.queue') },
                    { value: 'skip', label: t('budgets.skip') },
                    { value: 'replace', label: t('budgets.replace') },
                ]}
                value={limit.when_full ?? 'queue'}
                onChange={(when_full) => change({ when_full: when_full as RunLimit['when_full'] })}
                error={at('when_full')}
            />
        </SimpleGrid>
    );
}

type CallFieldsProps = {
    limit: CallLimit;
    on_change: (limit: CallLimit) => void;
    at: ErrorsAt;
    path: string;
    children: ReactNode;
};

function CallFields({ limit, on_change, at, path, children }: CallFieldsProps) {
    return (
        <Stack gap="sm">
            <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="sm">
                {children}
                <CountInput
                    label={t('budgets.concurrentCalls')}
                    value={limit.concurrent_calls}
                    on_change={(concurrent_calls) => on_change({ concurrent_calls })}
                    error={at(`${path}.concurrent_calls`) ?? at(path)}
                />
                <CountInput
                    label={t('budgets.callsPerMinute')}
                    value={limit.calls_per_minute}
                    on_change={(calls_per_minute) => on_change({ calls_per_minute })}
                    error={at(`${path}.calls_per_minute`)}
                />
            </SimpleGrid>
        </Stack>
    );
}

type CountInputProps = {
    label: string;
    value: number | null | undefined;
    on_change: (value: number | null) => void;
    error?: string;
};

function CountInput({ label, value, on_change, error }: CountInputProps) {
    return (
        <NumberInput
            label={label}
            placeholder={t('budgets.noLimit')}
            hideControls
            min={1}
            allowDecimal={false}
            value={value ?? ''}
            onChange={(next) => on_change(count(next))}
            error={error}
        />
    );
}
