import { Anchor, Button, Modal, Stack, Switch, Text, TextInput } from '@mantine/core';
import { IconPlus, IconRoute, IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { type Flow, flowsQuery, useChangeFlow } from '@/api/flows';
import { useMay } from '@/api/my-role';
import { t } from '@/i18n';
import { formatNumber } from '@/i18n/format';
import { columnsOf, DataTable } from '@/parts/data-table';
import { EmptyState } from '@/parts/empty-state';
import { Page } from '@/parts/page';
import { QueryView } from '@/parts/query-view';
import { RelativeTime } from '@/parts/relative-time';
import { useRunDialog } from '@/parts/run-dialog/use-run-dialog';
import { TableSkeleton } from '@/parts/skeletons';
import { CreateFlow } from './create-flow';
import { FlowActions, type Rights } from './flow-actions';
import classes from './flows.module.css';

const helper = columnsOf<Flow>();
const poll_ms = 15_000;

const fits = ({ name, description = '' }: Flow, text: string) =>
    `${name} ${description}`.toLowerCase().includes(text.trim().toLowerCase());

export default function Flows() {
    const { project } = useParams({ from: '/signed-in/p/$project/flows' });
    const { q = '' } = useSearch({ from: '/signed-in/p/$project/flows' });
    const flows = useQuery({ ...flowsQuery(project), refetchInterval: poll_ms });
    const may_edit = useMay(project, 'editor');
    const may_run = useMay(project, 'operator');
    const [creating, setCreating] = useState(false);
    const { open, element } = useRunDialog(project);
    const columns = useMemo(
        () => columnsFor({ project, may_edit, may_run, run: open }),
        [project, may_edit, may_run, open],
    );
    const create = may_edit && (
        <Button leftSection={<IconPlus size={16} />} onClick={() => setCreating(true)}>
            {t('flows.create')}
        </Button>
    );
    return (
        <Page
            title={t('flows.title')}
            lead={t('flows.lead')}
            actions={flows.data?.agentflows.length ? create : undefined}
        >
            <QueryView query={flows} skeleton={<TableSkeleton />}>
                {({ agentflows }) =>
                    agentflows.length === 0 ? (
                        <EmptyState
                            icon={IconRoute}
                            title={t('flows.emptyTitle')}
                            text={t('flows.emptyText')}
                            action={create}
                        />
                    ) : (
                        <Found rows={agentflows.filter((flow) => fits(flow, q))} text={q} columns={columns} />
                    )
                }
            </QueryView>
            <Modal
                opened={creating}
                onClose={() => setCreating(false)}
                title={t('flows.create')}
                closeButtonProps={{ 'aria-label': t('parts.close') }}
            >
                <CreateFlow project={project} on_done={() => setCreating(false)} />
            </Modal>
            {element}
        </Page>
    );
}

type FoundProps = { rows: Flow[]; text: string; columns: ReturnType<typeof columnsFor> };

function Found({ rows, text, columns }: FoundProps) {
    const navigate = useNavigate({ from: '/p/$project/flows' });
    const search = (q: string) => void navigate({ search: { q: q || undefined }, replace: true });
    return (
        <Stack gap="sm">
            <TextInput
                type="search"
                className={classes.search}
                aria-label={t('flows.search')}
                placeholder={t('flows.search')}
                leftSection={<IconSearch size={15} stroke={1.75} />}
                value={text}
                onChange={(event) => search(event.currentTarget.value)}
            />
            {rows.length === 0 ? (
                <EmptyState
                    icon={IconSearch}
                    title={t('flows.nothingFound', { text })}
                    text=""
                    action={
                        <Button variant="default" onClick={() => search('')}>
                            {t('flows.clearSearch')}
                        </Button>
                    }
                />
            ) : (
                <div className={classes.table}>
                    <DataTable label={t('flows.title')} rows={rows} columns={columns} row_id={({ _id }) => _id} />
                </div>
            )}
        </Stack>
    );
}

function ActiveSwitch({ flow, rights }: { flow: Flow; rights: Rights }) {
    const change = useChangeFlow(rights.project);
    return (
        <Switch
            aria-label={t('flows.activeOf', { name: flow.name })}
            checked={change.isPending ? change.variables.patch.isActive : flow.isActive}
            disabled={!rights.may_edit}
            onChange={(event) => change.mutate({ id: flow._id, patch: { isActive: event.currentTarget.checked } })}
        />
    );
}

const columnsFor = (rights: Rights) =>
    helper.columns([
        helper.accessor('name', {
            header: t('flows.name'),
            cell: ({ row: { original: flow } }) => (
                <>
                    <Anchor
                        component={Link}
                        to={`/p/${rights.project}/flows/${flow._id}`}
                        c="var(--mantine-color-text)"
                        fw={500}
                    >
                        {flow.name}
                    </Anchor>
                    {flow.description && (
                        <Text size="xs" c="dimmed" lineClamp={1} visibleFrom="sm">
                            {flow.description}
                        </Text>
                    )}
                </>
            ),
        }),
        helper.accessor(({ agents }) => agents.length, {
            id: 'agents',
            header: t('flows.agents'),
            cell: ({ row }) => formatNumber(row.original.agents.length),
        }),
        helper.accessor((flow) => flow.last_used ?? 0, {
            id: 'used',
            header: t('flows.lastUsed'),
            cell: ({ row: { original } }) =>
                original.last_used ? (
                    <RelativeTime when={original.last_used} />
                ) : (
                    <Text c="dimmed" size="sm">
                        {t('flows.never')}
                    </Text>
                ),
        }),
        helper.accessor('updated_at', {
            header: t('flows.changed'),
            cell: ({ row }) => <RelativeTime when={row.original.updated_at} />,
        }),
        helper.accessor('isActive', {
            header: t('flows.active'),
            cell: ({ row }) => <ActiveSwitch flow={row.original} rights={rights} />,
        }),
        helper.display({
            id: 'actions',
            header: () => <span className={classes.hidden}>{t('parts.actions')}</span>,
            cell: ({ row }) => <FlowActions flow={row.original} rights={rights} />,
        }),
    ]);
