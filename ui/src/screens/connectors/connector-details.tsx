import { Button, Group, Stack, Switch, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import {
    type Action,
    type ConnectorKind,
    configurationQuery,
    connectorSkillsQuery,
    useDeleteConnector,
    useSwitchConnector,
} from '@/api/connectors';
import { useMay } from '@/api/my-role';
import { t } from '@/i18n';
import { useConfirm } from '@/parts/confirm';
import { QueryView } from '@/parts/query-view';
import { SettingsGroup } from '@/parts/settings-group';
import { TextSkeleton } from '@/parts/skeletons';
import { StatusBadge } from '@/parts/status-badge';
import { ConnectorForm } from './connector-form';
import classes from './connectors.module.css';
import { CreateAction } from './create-action';
import { type Row, shownStatus } from './row';
import { RunAction } from './run-action';

type ConnectorDetailsProps = {
    project: string;
    row: Row;
    kind?: ConnectorKind;
    /** It has settings and can be deleted; what each project has from the start has none. */
    has_account: boolean;
    on_gone: () => void;
};

/** One connector: whether it works, its settings, what it can do. */
export function ConnectorDetails({ project, row, kind, has_account, on_gone }: ConnectorDetailsProps) {
    const may_edit = useMay(project, 'editor');
    return (
        <>
            <State project={project} row={row} may_edit={may_edit} />
            <Actions project={project} row={row} may_edit={may_edit && row.category === 'restful'} />
            {has_account && kind && may_edit && <Configuration project={project} row={row} kind={kind} />}
            {has_account && may_edit && <Delete project={project} row={row} on_gone={on_gone} />}
        </>
    );
}

type PartProps = { project: string; row: Row; may_edit: boolean };

function State({ project, row, may_edit }: PartProps) {
    const change = useSwitchConnector(project);
    const reason = useQuery(configurationQuery(row.category, row.id)).data?.reason;
    const is_on = row.status === 'ready';
    return (
        <Stack gap="xs" mb="lg">
            <Group justify="space-between">
                <Group gap="sm">
                    <StatusBadge status={shownStatus(row.status)} />
                    <Text size="sm" c="dimmed">
                        {row.kind}
                    </Text>
                </Group>
                {may_edit && row.status !== 'pending' && (
                    <Switch
                        label={t('connectors.on')}
                        labelPosition="left"
                        checked={is_on}
                        disabled={change.isPending}
                        onChange={() =>
                            change.mutate({ connectorID: row.id, new_status: is_on ? 'inactive' : 'active' })
                        }
                    />
                )}
            </Group>
            {reason && <Text size="sm">{reason}</Text>}
            {row.status === 'inactive' && (
                <Text size="sm" c="dimmed">
                    {t('connectors.offText')}
                </Text>
            )}
        </Stack>
    );
}

function Actions({ project, row, may_edit }: PartProps) {
    const skills = useQuery(connectorSkillsQuery(project, row.id));
    const may_run = useMay(project, 'operator');
    const [tried, setTried] = useState<string>();
    const [creating, setCreating] = useState(false);
    const add = may_edit && !creating && (
        <Button variant="default" size="xs" leftSection={<IconPlus size={14} />} onClick={() => setCreating(true)}>
            {t('connectors.createAction')}
        </Button>
    );
    return (
        <SettingsGroup title={t('connectors.actions')} lead={t('connectors.actionsLead')} action={add}>
            {creating && <CreateAction project={project} connector={row.id} on_done={() => setCreating(false)} />}
            <QueryView query={skills} skeleton={<TextSkeleton lines={4} />}>
                {(found) => (
                    <ul className={classes.actions}>
                        {found
                            .flatMap(({ actions }) => actions)
                            .map((action) => (
                                <li key={action._id}>
                                    <ActionLine
                                        action={action}
                                        may_run={may_run && row.status === 'ready'}
                                        is_open={tried === action._id}
                                        on_toggle={() => setTried(tried === action._id ? undefined : action._id)}
                                    />
                                    {tried === action._id && (
                                        <div className={classes.run}>
                                            <RunAction project={project} connector={row.id} action={action} />
                                        </div>
                                    )}
                                </li>
                            ))}
                    </ul>
                )}
            </QueryView>
        </SettingsGroup>
    );
}

type ActionLineProps = { action: Action; may_run: boolean; is_open: boolean; on_toggle: () => void };

function ActionLine({ action, may_run, is_open, on_toggle }: ActionLineProps) {
    return (
        <Group justify="space-between" wrap="nowrap" gap="sm">
            <Stack gap={0} miw={0}>
                <Text size="sm" fw={500} truncate>
                    {action.name}
                </Text>
                <Text size="xs" c="dimmed" ff="monospace" truncate>
                    {action.endpoint}
                </Text>
            </Stack>
            {may_run && (
                <Button
                    variant="default"
                    size="xs"
                    onClick={on_toggle}
                    aria-expanded={is_open}
                    aria-label={t('connectors.tryOf', { name: action.name })}
                >
                    {t('connectors.try')}
                </Button>
            )}
        </Group>
    );
}

function Configuration({ project, row, kind }: { project: string; row: Row; kind: ConnectorKind }) {
    const query = useQuery(configurationQuery(row.category, row.id));
    return (
        <SettingsGroup title={t('connectors.settings')} lead={t('connectors.settingsLead')}>
            <QueryView query={query} skeleton={<TextSkeleton lines={8} />}>
                {(configuration) => (
                    <ConnectorForm
                        project={project}
                        kind={kind}
                        configuration={configuration}
                        name={row.name}
                        on_done={() => notifications.show({ withCloseButton: false, message: t('parts.saved') })}
                    />
                )}
            </QueryView>
        </SettingsGroup>
    );
}

function Delete({ project, row, on_gone }: { project: string; row: Row; on_gone: () => void }) {
    const confirm = useConfirm();
    const remove = useDeleteConnector(project);
    const ask = async () => {
        const yes = await confirm({
            title: t('connectors.deleteTitle', { name: row.name }),
            text: t('connectors.deleteText'),
            confirm: t('connectors.delete'),
            tone: 'danger',
        });
        if (yes) remove.mutate(row.id, { onSuccess: on_gone });
    };
    return (
        <SettingsGroup title={t('connectors.delete')} lead={t('connectors.deleteLead')}>
            <Button variant="default" c="var(--weft-bad)" onClick={ask} loading={remove.isPending}>
                {t('connectors.delete')}
            </Button>
        </SettingsGroup>
    );
}
