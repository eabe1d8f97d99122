import { Button, Group, Select, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconDownload, IconReceipt } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { type Charge, type ChargeFilter, chargesFileUrl, chargesQuery } from '@/api/customer';
import { projectsQuery } from '@/api/projects';
import { t } from '@/i18n';
import { formatMoney, formatNumber } from '@/i18n/format';
import { columnsOf, DataTable } from '@/parts/data-table';
import { EmptyState } from '@/parts/empty-state';
import { ErrorView } from '@/parts/error-view';
import { MoreButton } from '@/parts/more-button';
import { RelativeTime } from '@/parts/relative-time';
import { SettingsGroup } from '@/parts/settings-group';
import { TableSkeleton } from '@/parts/skeletons';
import { DayInput } from './day-input';
import classes from './organization.module.css';

const typing_ms = 350;
const helper = columnsOf<Charge>();

/** Each charge in all coworkers, newest first. The filters stand in the address. */
export function CreditsSection() {
    const { project, model, operation, from, to } = useSearch({ from: '/signed-in/settings/$section' });
    const filter: ChargeFilter = { project, model, operation, from, to };
    const charges = useInfiniteQuery(chargesQuery(filter));
    const columns = useMemo(() => columnsFor(), []);
    const rows = charges.data?.pages.flatMap(({ data }) => data) ?? [];
    const first = charges.data?.pages[0];
    const file = (
        <Button
            component="a"
            href={chargesFileUrl(filter)}
            download
            variant="default"
            leftSection={<IconDownload size={16} />}
        >
            {t('organization.csv')}
        </Button>
    );
    return (
        <SettingsGroup title={t('organization.credits')} lead={t('organization.historyLead')} action={file}>
            <ChargeFilters filter={filter} />
            {charges.isPending && <TableSkeleton rows={10} />}
            {charges.error && !charges.data && <ErrorView error={charges.error} on_retry={() => charges.refetch()} />}
            {first && rows.length === 0 && (
                <EmptyState
                    icon={IconReceipt}
                    title={t('organization.noCharges')}
                    text={t('organization.noChargesText')}
                />
            )}
            {first && rows.length > 0 && (
                <>
                    <Text size="sm" c="dimmed" mb="xs">
                        {t('organization.sum', {
                            count: first.total,
                            credits: formatNumber(first.credits_consumed),
                        })}
                    </Text>
                    <div className={classes.charges}>
                        <DataTable
                            label={t('organization.credits')}
                            rows={rows}
                            columns={columns}
                            row_id={({ _id }) => _id}
                            is_page
                        />
                    </div>
                    <Group justify="flex-end" mt="sm">
                        <MoreButton query={charges} />
                    </Group>
                </>
            )}
        </SettingsGroup>
    );
}

function ChargeFilters({ filter }: { filter: ChargeFilter }) {
    const navigate = useNavigate({ from: '/settings/$section' });
    const projects = useQuery(projectsQuery).data ?? [];
    const set = (part: ChargeFilter) => void navigate({ search: (old) => ({ ...old, ...part }), replace: true });
    const type = useDebouncedCallback(set, typing_ms);
    return (
        <search className={classes.filters}>
            <Select
                label={t('organization.coworker')}
                placeholder={t('organization.all')}
                clearable
                searchable
                data={projects.map(({ _id, projectName }) => ({ value: _id, label: projectName }))}
                value={filter.project ?? null}
                onChange={(project) => set({ project: project ?? undefined })}
            />
            <TextInput
                label={t('settings.model')}
                placeholder="openai/gpt-4o-mini"
                defaultValue={filter.model}
                onChange={(event) => type({ model: event.currentTarget.value || undefined })}
            />
            <Select
                label={t('organization.operation')}
                placeholder={t('organization.all')}
                clearable
                data={[
                    { value: 'agent_execution', label: t('organization.agentStep') },
                    { value: 'llm_call', label: t('organization.modelCall') },
                ]}
                value={filter.operation ?? null}
                onChange={(operation) => set({ operation: operation ?? undefined })}
            />
            <DayInput label={t('organization.from')} value={filter.from} on_change={(from) => set({ from })} />
            <DayInput label={t('organization.before')} value={filter.to} on_change={(to) => set({ to })} />
        </search>
    );
}

const right = (text: string) => (
    <Text size="sm" className={classes.right}>
        {text}
    </Text>
);

const columnsFor = () =>
    helper.columns([
        helper.accessor('created_at', {
            header: t('organization.when'),
            cell: ({ row }) => <RelativeTime when={row.original.created_at} />,
        }),
        helper.accessor((row) => row.coworker_name ?? row.operation, {
            id: 'what',
            header: t('organization.chargedFor'),
            cell: ({ row }) => (
                <>
                    <Text size="sm" truncate className={classes.for}>
                        {row.original.agent_title ?? t('organization.modelCall')}
                    </Text>
                    <Text size="xs" c="dimmed" truncate className={classes.for}>
                        {[row.original.project_name, row.original.coworker_name].filter(Boolean).join(' · ')}
                    </Text>
                </>
            ),
        }),
        helper.accessor('model', { header: t('settings.model') }),
        helper.accessor('tokens_consumed', {
            header: t('organization.tokensHeader'),
            cell: ({ row }) => right(formatNumber(row.original.tokens_consumed)),
        }),
        helper.accessor((row) => row.metadata.cost_usd ?? 0, {
            id: 'cost',
            header: t('organization.cost'),
            cell: ({ row }) => right(formatMoney(row.original.metadata.cost_usd ?? 0)),
        }),
        helper.accessor('credits_consumed', {
            header: t('organization.creditsHeader'),
            cell: ({ row }) => right(formatNumber(row.original.credits_consumed)),
        }),
    ]);
