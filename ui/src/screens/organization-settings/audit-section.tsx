import { Group, Modal, Select, Text, TextInput, UnstyledButton } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconHistory } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { type AuditFilter, type AuditRow, auditQuery } from '@/api/audit';
import { projectsQuery } from '@/api/projects';
import { t } from '@/i18n';
import { formatDateTime } from '@/i18n/format';
import { columnsOf, DataTable } from '@/parts/data-table';
import { EmptyState } from '@/parts/empty-state';
import { ErrorView } from '@/parts/error-view';
import { JsonView } from '@/parts/json-view';
import { MoreButton } from '@/parts/more-button';
import { RelativeTime } from '@/parts/relative-time';
import { SettingsGroup } from '@/parts/settings-group';
import { TableSkeleton } from '@/parts/skeletons';
import { DayInput } from './day-input';
import classes from './organization.module.css';

const typing_ms = 350;
const helper = columnsOf<AuditRow>();

/** Who changed what, newest first. The filters stand in the address. */
export function AuditSection() {
    const filter = useSearch({ from: '/signed-in/settings/$section' });
    const log = useInfiniteQuery(auditQuery(filter));
    const [shown, setShown] = useState<AuditRow>();
    const projects = useQuery(projectsQuery).data;
    const columns = useMemo(
        () => columnsFor((id) => projects?.find(({ _id }) => _id === id)?.projectName ?? id, setShown),
        [projects],
    );
    const rows = log.data?.pages.flatMap(({ audit }) => audit) ?? [];
    const total = log.data?.pages[0]?.total_count ?? 0;
    return (
        <SettingsGroup title={t('organization.audit')} lead={t('organization.auditLead')}>
            <AuditFilters filter={filter} />
            {log.isPending && <TableSkeleton rows={10} />}
            {log.error && !log.data && <ErrorView error={log.error} on_retry={() => log.refetch()} />}
            {log.data && rows.length === 0 && (
                <EmptyState icon={IconHistory} title={t('organization.nothing')} text={t('organization.nothingText')} />
            )}
            {rows.length > 0 && (
                <>
                    <div className={classes.audit}>
                        <DataTable
                            label={t('organization.audit')}
                            rows={rows}
                            columns={columns}
                            row_id={({ seq }) => `${seq}`}
                            is_page
                        />
                    </div>
                    <Group justify="space-between" mt="sm">
                        <Text size="sm" c="dimmed">
                            {t('organization.shownOf', { shown: rows.length, total })}
                        </Text>
                        <MoreButton query={log} />
                    </Group>
                </>
            )}
            <Modal
                opened={shown !== undefined}
                onClose={() => setShown(undefined)}
                title={shown?.what}
                size="lg"
                closeButtonProps={{ 'aria-label': t('parts.close') }}
            >
                {shown && (
                    <>
                        <Text size="sm" c="dimmed" mb="sm">
                            {shown.who.name} · {formatDateTime(shown.at)} · #{shown.seq}
                        </Text>
                        <JsonView value={shown} label={t('organization.auditRow')} />
                    </>
                )}
            </Modal>
        </SettingsGroup>
    );
}

function AuditFilters({ filter }: { filter: AuditFilter }) {
    const navigate = useNavigate({ from: '/settings/$section' });
    const projects = useQuery(projectsQuery).data ?? [];
    const set = (part: AuditFilter) => void navigate({ search: (old) => ({ ...old, ...part }), replace: true });
    const type = useDebouncedCallback(set, typing_ms);
    const is_set = Object.values(filter).some(Boolean);
    return (
        <search className={classes.filters} key={is_set ? 'set' : 'empty'}>
            <TextInput
                label={t('organization.who')}
                placeholder={t('organization.whoHint')}
                defaultValue={filter.who}
                onChange={(event) => type({ who: event.currentTarget.value || undefined })}
            />
            <TextInput
                label={t('organization.what')}
                placeholder="api_keys."
                defaultValue={filter.what}
                onChange={(event) => type({ what: event.currentTarget.value || undefined })}
            />
            <Select
                label={t('organization.coworker')}
                placeholder={t('organization.all')}
                clearable
                searchable
                data={projects.map(({ _id, projectName }) => ({ value: _id, label: projectName }))}
                value={filter.project ?? null}
                onChange={(project) => set({ project: project ?? undefined })}
            />
            <DayInput label={t('organization.from')} value={filter.from} on_change={(from) => set({ from })} />
            <DayInput label={t('organization.before')} value={filter.to} on_change={(to) => set({ to })} />
        </search>
    );
}

const columnsFor = (nameOf: (project: string) => string, show: (row: AuditRow) => void) =>
    helper.columns([
        helper.accessor('at', {
            header: t('organization.when'),
            cell: ({ row }) => <RelativeTime when={row.original.at} />,
        }),
        helper.accessor((row) => row.who.name, {
            id: 'who',
            header: t('organization.who'),
            cell: ({ row }) => (
                <Text size="sm" truncate maw={180}>
                    {row.original.who.name}
                </Text>
            ),
        }),
        helper.accessor('what', {
            header: t('organization.what'),
            cell: ({ row }) => (
                <>
                    <UnstyledButton
                        fz="sm"
                        ff="monospace"
                        c="var(--mantine-color-anchor)"
                        maw="100%"
                        className={classes.what}
                        onClick={() => show(row.original)}
                    >
                        {row.original.what}
                    </UnstyledButton>
                    <Text size="xs" c="dimmed" truncate hiddenFrom="sm">
                        {[row.original.who.name, row.original.projectID && nameOf(row.original.projectID)]
                            .filter(Boolean)
                            .join(' · ')}
                    </Text>
                </>
            ),
        }),
        helper.accessor((row) => row.projectID ?? '', {
            id: 'project',
            header: t('organization.coworker'),
            cell: ({ row }) => (
                <Text size="sm" c="dimmed" truncate maw={180}>
                    {row.original.projectID ? nameOf(row.original.projectID) : '–'}
                </Text>
            ),
        }),
        helper.accessor((row) => row.address ?? '', {
            id: 'address',
            header: t('organization.fromAddress'),
            cell: ({ row }) => (
                <Text size="sm" c="dimmed">
                    {row.original.address ?? '–'}
                </Text>
            ),
        }),
    ]);
