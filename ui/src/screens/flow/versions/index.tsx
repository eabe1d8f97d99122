import { Badge, Button, Drawer, Group, SegmentedControl, Stack, Text, UnstyledButton } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconArrowLeft } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type FlowVersion, usePublishVersion, useRestoreVersion, versionQuery, versionsQuery } from '@/api/flows';
import { t } from '@/i18n';
import { useConfirm } from '@/parts/confirm';
import { QueryView } from '@/parts/query-view';
import { RelativeTime } from '@/parts/relative-time';
import { TableSkeleton, TextSkeleton } from '@/parts/skeletons';
import { useFlowBuilder } from '../context';
import { docOf } from '../model/document';
import { DiffView } from './diff-view';
import classes from './versions.module.css';

type VersionsProps = {
    opened: boolean;
    version: number | undefined;
    on_version: (version: number | undefined) => void;
    on_close: () => void;
};

const say = (message: string) => notifications.show({ message, withCloseButton: false });

/** Who saved what when, what it changed, and the way back. */
export function Versions({ opened, version, on_version, on_close }: VersionsProps) {
    const { project, flow_id } = useFlowBuilder();
    const versions = useQuery({ ...versionsQuery(project, flow_id), enabled: opened });
    const found = versions.data?.versions.find((each) => each.version === version);
    return (
        <Drawer
            opened={opened}
            onClose={on_close}
            size={560}
            title={found ? t('flow.versionOf', { version: found.version }) : t('flow.versions')}
            closeButtonProps={{ 'aria-label': t('parts.close') }}
        >
            <QueryView query={versions} skeleton={<TableSkeleton />}>
                {({ versions: rows }) =>
                    found ? (
                        <Version key={found.version} row={found} on_back={() => on_version(undefined)} />
                    ) : (
                        <List rows={rows} on_open={on_version} />
                    )
                }
            </QueryView>
        </Drawer>
    );
}

function Marks({ row }: { row: FlowVersion }) {
    const { builder } = useFlowBuilder();
    return (
        <Group gap={6}>
            {row.is_newest && (
                <Badge color="gray" c="var(--mantine-color-text)">
                    {t('flow.newest')}
                </Badge>
            )}
            {row.is_published && (
                <Badge color="gray" c="var(--weft-good)">
                    {t('flow.live')}
                </Badge>
            )}
            {row.version === builder.base.version && !row.is_newest && (
                <Badge color="gray" c="var(--weft-accent-text)">
                    {t('flow.current')}
                </Badge>
            )}
        </Group>
    );
}

function List({ rows, on_open }: { rows: FlowVersion[]; on_open: (version: number) => void }) {
    return (
        <ol className={classes.list}>
            {rows.map((row) => (
                <li key={row._id}>
                    <UnstyledButton className={classes.row} onClick={() => on_open(row.version)}>
                        <Stack gap={2} flex={1} miw={0}>
                            <Text size="sm" fw={500}>
                                {t('flow.versionOf', { version: row.version })}
                            </Text>
                            <Text size="xs" c="dimmed" truncate>
                                <RelativeTime when={row.created_at} />
                                {row.created_by && ` · ${t('flow.versionBy', { name: row.created_by })}`}
                            </Text>
                        </Stack>
                        <Marks row={row} />
                    </UnstyledButton>
                </li>
            ))}
        </ol>
    );
}

type Against = 'before' | 'open';

function Version({ row, on_back }: { row: FlowVersion; on_back: () => void }) {
    const { project, flow_id, builder, skills, may_edit } = useFlowBuilder();
    const [against, setAgainst] = useState<Against>('before');
    const flow = useQuery(versionQuery(project, flow_id, row.version));
    const before = useQuery({ ...versionQuery(project, flow_id, row.version - 1), enabled: row.version > 1 });
    const restore = useRestoreVersion(project, flow_id);
    const publish = usePublishVersion(project, flow_id);
    const confirm = useConfirm();
    const { version } = row;

    const doRestore = async () => {
        const text = `${t('flow.restoreText')}${builder.is_dirty ? ` ${t('flow.restoreDirty')}` : ''}`;
        const is_meant = await confirm({
            title: t('flow.restoreTitle', { version }),
            text,
            confirm: t('flow.restore'),
            tone: builder.is_dirty ? 'danger' : undefined,
        });
        if (!is_meant) return;
        restore.mutate(version, {
            onSuccess: (saved) => {
                builder.load(docOf(saved), saved.version ?? 0);
                say(t('flow.restored', { restored: version, version: saved.version ?? 0 }));
                on_back();
            },
        });
    };
    const doPublish = (next: number | null) =>
        publish.mutate(next, {
            onSuccess: () => say(next === null ? t('flow.publishedNewest') : t('flow.published', { version: next })),
        });

    return (
        <Stack gap="md">
            <div>
                <Button
                    variant="subtle"
                    color="gray"
                    size="xs"
                    leftSection={<IconArrowLeft size={14} />}
                    onClick={on_back}
                    ml={-10}
                >
                    {t('flow.backToVersions')}
                </Button>
            </div>
            <Group justify="space-between">
                <Text size="sm" c="dimmed">
                    <RelativeTime when={row.created_at} />
                    {row.created_by && ` · ${t('flow.versionBy', { name: row.created_by })}`}
                </Text>
                <Marks row={row} />
            </Group>
            {may_edit && (
                <Group gap="xs">
                    {!row.is_newest && (
                        <Button size="xs" variant="default" onClick={doRestore} loading={restore.isPending}>
                            {t('flow.restore')}
                        </Button>
                    )}
                    {row.is_published && !row.is_newest ? (
                        <Button size="xs" variant="default" onClick={() => doPublish(null)} loading={publish.isPending}>
                            {t('flow.unpublish')}
                        </Button>
                    ) : (
                        !row.is_published && (
                            <Button
                                size="xs"
                                variant="default"
                                onClick={() => doPublish(version)}
                                loading={publish.isPending}
                            >
                                {t('flow.publish')}
                            </Button>
                        )
                    )}
                </Group>
            )}
            <SegmentedControl
                size="xs"
                aria-label={t('flow.compare')}
                value={against}
                onChange={(next) => setAgainst(next === 'open' ? 'open' : 'before')}
                data={[
                    { value: 'before', label: t('flow.since') },
                    { value: 'open', label: t('flow.againstOpen') },
                ]}
            />
            <QueryView query={flow} skeleton={<TextSkeleton lines={8} />}>
                {(shown) => {
                    if (against === 'open')
                        return <DiffView before={docOf(shown)} after={builder.doc} skills={skills} />;
                    if (version === 1)
                        return (
                            <Text size="sm" c="dimmed">
                                {t('flow.sinceFirst')}
                            </Text>
                        );
                    return (
                        <QueryView query={before} skeleton={<TextSkeleton lines={8} />}>
                            {(old) => <DiffView before={docOf(old)} after={docOf(shown)} skills={skills} />}
                        </QueryView>
                    );
                }}
            </QueryView>
        </Stack>
    );
}
