import { ActionIcon, Button, Group, Menu, Progress, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconCheck, IconUserPlus, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { assigneesQuery, type InboxItem } from '@/api/inbox';
import { t } from '@/i18n';
import { useConfirm } from '@/parts/confirm';
import { useScreenKeys } from '@/parts/use-screen-keys';
import { RejectDialog } from '../inbox-item/reject-dialog';
import { type BulkDeed, type BulkReport, isYesOrNo, useBulk } from './bulk';
import { BulkReportDialog } from './bulk-report';
import { hasDraft } from './drafts';
import classes from './inbox.module.css';

type BulkBarProps = { project: string; user: string; items: InboxItem[]; on_done: () => void };

/** What can be done with the marked items together. */
export function BulkBar({ project, user, items, on_done }: BulkBarProps) {
    const confirm = useConfirm();
    const bulk = useBulk(project);
    const [rejecting, setRejecting] = useState(false);
    const [report, setReport] = useState<BulkReport>();
    // What somebody has typed and not saved would be passed over: that item is to be looked at by itself.
    const decidable = items.filter((item) => isYesOrNo(item) && !hasDraft(user, item._id));
    const left_out = items.length - decidable.length;

    const perform = async (chosen: InboxItem[], deed: BulkDeed) => {
        const found = await bulk.run(chosen, deed);
        if (found.failed.length > 0) setReport(found);
        else notifications.show({ withCloseButton: false, message: t('inbox.bulkDone', { count: found.done }) });
        on_done();
    };
    const approve = async () => {
        if (decidable.length === 0) return;
        const text = (
            <>
                {t('inbox.bulkApproveText', { count: decidable.length })}{' '}
                {left_out > 0 && t('inbox.bulkLeftOut', { count: left_out })}
            </>
        );
        const deed = t('inbox.bulkApprove', { count: decidable.length });
        if (await confirm({ title: `${deed}?`, text, confirm: deed })) await perform(decidable, { kind: 'approve' });
    };
    useScreenKeys({
        a: () => void approve(),
        r: () => decidable.length > 0 && setRejecting(true),
        Escape: on_done,
    });
    if (items.length === 0) return <BulkReportDialog report={report} on_close={() => setReport(undefined)} />;
    return (
        <section className={classes.bulk} aria-label={t('inbox.bulk')}>
            {bulk.progress && (
                <Progress
                    size="xs"
                    mb={8}
                    value={(bulk.progress.done / bulk.progress.of) * 100}
                    aria-label={t('inbox.bulkProgress')}
                />
            )}
            <Group gap={6} wrap="nowrap">
                <Text size="sm" fw={500} flex={1} truncate aria-live="polite">
                    {t('inbox.selected', { count: items.length })}
                </Text>
                <Button
                    size="compact-sm"
                    leftSection={<IconCheck size={15} />}
                    disabled={decidable.length === 0 || Boolean(bulk.progress)}
                    onClick={approve}
                >
                    {t('inbox.approve')}
                </Button>
                <Button
                    size="compact-sm"
                    variant="default"
                    disabled={decidable.length === 0 || Boolean(bulk.progress)}
                    onClick={() => setRejecting(true)}
                >
                    {t('inbox.reject')}
                </Button>
                <AssignMenu project={project} on_choose={(assignee) => perform(items, { kind: 'assign', assignee })} />
                <ActionIcon size={28} aria-label={t('inbox.clearSelection')} onClick={on_done}>
                    <IconX size={16} stroke={1.75} />
                </ActionIcon>
            </Group>
            <RejectDialog
                opened={rejecting}
                title={t('inbox.bulkReject', { count: decidable.length })}
                hint={left_out > 0 ? t('inbox.bulkLeftOut', { count: left_out }) : undefined}
                on_close={() => setRejecting(false)}
                on_reject={(reason) => {
                    setRejecting(false);
                    void perform(decidable, { kind: 'reject', reason });
                }}
            />
        </section>
    );
}

function AssignMenu({ project, on_choose }: { project: string; on_choose: (assignee: string) => void }) {
    const members = useQuery(assigneesQuery(project)).data ?? [];
    return (
        <Menu position="top-end">
            <Menu.Target>
                <ActionIcon size={28} variant="default" aria-label={t('inbox.assign')}>
                    <IconUserPlus size={15} stroke={1.75} />
                </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
                <Menu.Item onClick={() => on_choose('me')}>{t('inbox.toMe')}</Menu.Item>
                <Menu.Item onClick={() => on_choose('none')}>{t('inbox.toNobody')}</Menu.Item>
                {members.map(({ user_id, name }) => (
                    <Menu.Item key={user_id} onClick={() => on_choose(user_id)}>
                        {name}
                    </Menu.Item>
                ))}
            </Menu.Dropdown>
        </Menu>
    );
}
