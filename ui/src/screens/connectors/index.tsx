import { Button, Drawer, Modal, Text, UnstyledButton } from '@mantine/core';
import { IconPlug, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { type ConnectorGroup, type ConnectorKind, catalogueQuery, connectorsQuery } from '@/api/connectors';
import { useMay } from '@/api/my-role';
import { t } from '@/i18n';
import { columnsOf, DataTable } from '@/parts/data-table';
import { EmptyState } from '@/parts/empty-state';
import { Page } from '@/parts/page';
import { QueryView } from '@/parts/query-view';
import { SettingsGroup } from '@/parts/settings-group';
import { TableSkeleton } from '@/parts/skeletons';
import { StatusBadge } from '@/parts/status-badge';
import { AddConnector } from './add-connector';
import { ConnectorDetails } from './connector-details';
import classes from './connectors.module.css';
import { type Row, shownStatus } from './row';

/** Those that each project has from the start need no account. */
const needsAccount = (kind: ConnectorKind | undefined) => kind?.auth.some((way) => way !== 'none') ?? false;

const rowsOf = (groups: ConnectorGroup[], kinds: ConnectorKind[]): Row[] =>
    groups.flatMap(({ category, accountDetails }) =>
        accountDetails.map(({ connectorID, sourceName, status }) => ({
            id: connectorID,
            name: sourceName,
            category,
            kind: kinds.find((kind) => kind.category === category)?.name ?? category,
            about: kinds.find((kind) => kind.category === category)?.description ?? '',
            status,
        })),
    );

/** What the coworker is connected to. Which one is open, and what is being added, stands in the address. */
export default function Connectors() {
    const { project } = useParams({ from: '/signed-in/p/$project/connectors' });
    const { connector, add } = useSearch({ from: '/signed-in/p/$project/connectors' });
    const navigate = useNavigate({ from: '/p/$project/connectors' });
    const groups = useQuery(connectorsQuery(project));
    const kinds = useQuery(catalogueQuery).data ?? [];
    const may_edit = useMay(project, 'editor');
    const go = (search: { connector?: string; add?: string }) => void navigate({ search });
    const rows = rowsOf(groups.data ?? [], kinds);
    const own = rows.filter(({ category }) => needsAccount(kinds.find((kind) => kind.category === category)));
    const built_in = rows.filter((row) => !own.includes(row));
    const opened = rows.find(({ id }) => id === connector);
    const button = may_edit && (
        <Button leftSection={<IconPlus size={16} />} onClick={() => go({ add: 'any' })}>
            {t('connectors.add')}
        </Button>
    );
    const open = (id: string) => go({ connector: id });
    return (
        <Page title={t('connectors.title')} lead={t('connectors.lead')} actions={own.length > 0 && button}>
            <QueryView query={groups} skeleton={<TableSkeleton rows={5} />}>
                {() => (
                    <>
                        {own.length === 0 ? (
                            <EmptyState
                                icon={IconPlug}
                                title={t('connectors.emptyTitle')}
                                text={t('connectors.emptyText')}
                                action={button}
                            />
                        ) : (
                            <List label={t('connectors.title')} rows={own} on_open={open} />
                        )}
                        <div style={{ height: 32 }} />
                        <SettingsGroup title={t('connectors.builtIn')} lead={t('connectors.builtInLead')}>
                            <List label={t('connectors.builtIn')} rows={built_in} on_open={open} />
                        </SettingsGroup>
                    </>
                )}
            </QueryView>
            <Modal
                opened={add !== undefined && may_edit}
                onClose={() => go({})}
                title={t('connectors.add')}
                size="lg"
                closeButtonProps={{ 'aria-label': t('parts.close') }}
            >
                <AddConnector
                    project={project}
                    kinds={kinds.filter(needsAccount)}
                    category={add}
                    on_choose={(category) => go({ add: category })}
                    on_done={(id) => go({ connector: id })}
                    on_cancel={() => go({})}
                />
            </Modal>
            <Drawer
                opened={opened !== undefined}
                onClose={() => go({})}
                title={opened?.name}
                size="lg"
                closeButtonProps={{ 'aria-label': t('parts.close') }}
            >
                {opened && (
                    <ConnectorDetails
                        key={opened.id}
                        project={project}
                        row={opened}
                        kind={kinds.find(({ category }) => category === opened.category)}
                        has_account={own.includes(opened)}
                        on_gone={() => go({})}
                    />
                )}
            </Drawer>
        </Page>
    );
}

const helper = columnsOf<Row>();

type ListProps = { label: string; rows: Row[]; on_open: (id: string) => void };

function List({ label, rows, on_open }: ListProps) {
    const columns = useMemo(() => columnsFor(on_open), [on_open]);
    return (
        <div className={classes.list}>
            <DataTable label={label} rows={rows} columns={columns} row_id={({ id }) => id} />
        </div>
    );
}

const columnsFor = (open: (id: string) => void) =>
    helper.columns([
        helper.accessor('name', {
            header: t('connectors.name'),
            cell: ({ row }) => (
                <UnstyledButton fz="sm" fw={500} onClick={() => open(row.original.id)}>
                    {row.original.name}
                </UnstyledButton>
            ),
        }),
        helper.accessor('about', {
            header: t('connectors.about'),
            cell: ({ row }) => (
                <Text size="sm" c="dimmed" lineClamp={3} maw={560}>
                    {row.original.about || row.original.kind}
                </Text>
            ),
        }),
        helper.accessor('status', {
            header: t('connectors.status'),
            cell: ({ row }) => <StatusBadge status={shownStatus(row.original.status)} />,
        }),
    ]);
