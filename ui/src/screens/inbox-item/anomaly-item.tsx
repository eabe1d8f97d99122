import { Button, Stack } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useState } from 'react';
import { type InboxAnswer, useAnswerItem } from '@/api/inbox';
import { t } from '@/i18n';
import { useConfirm } from '@/parts/confirm';
import { useScreenKeys } from '@/parts/use-screen-keys';
import { useSelectedCount } from '../inbox/selection-context';
import { AnswerBar, Key } from './answer-bar';
import { Output } from './form-item';
import classes from './inbox-item.module.css';
import type { ItemProps } from './item-view';
import { Notice } from './notice';
import { RejectDialog } from './reject-dialog';

/** Something odd was found in what an agent brought: go on with it, or fail the run. */
export function AnomalyItem({ project, item, can_answer }: ItemProps) {
    const answer = useAnswerItem(project);
    const confirm = useConfirm();
    const selected = useSelectedCount();
    const [rejecting, setRejecting] = useState(false);
    const send = (given: InboxAnswer, done: string) =>
        answer.mutate(
            { item, answer: given },
            { onSuccess: () => notifications.show({ withCloseButton: false, message: done }) },
        );
    const accept = () => send({ kind: 'approve' }, t('inbox.accepted'));
    const askAccept = async () => {
        const question = { title: `${t('inbox.accept')}?`, text: t('inbox.acceptText'), confirm: t('inbox.accept') };
        if (await confirm(question)) accept();
    };
    useScreenKeys(can_answer && selected === 0 ? { a: () => void askAccept(), r: () => setRejecting(true) } : {});
    return (
        <>
            <Stack gap="md" className={classes.body}>
                <Notice tone="warn" icon={IconAlertTriangle} title={t('inbox.finding')}>
                    {item.anomaly?.finding}
                </Notice>
                {item.anomaly?.output && <Output text={item.anomaly.output} />}
            </Stack>
            {(can_answer || answer.error) && (
                <AnswerBar error={answer.error}>
                    {can_answer && (
                        <>
                            <Button variant="default" rightSection={<Key>R</Key>} onClick={() => setRejecting(true)}>
                                {t('inbox.failRun')}
                            </Button>
                            <Button rightSection={<Key>A</Key>} loading={answer.isPending} onClick={accept}>
                                {t('inbox.accept')}
                            </Button>
                        </>
                    )}
                </AnswerBar>
            )}
            <RejectDialog
                opened={rejecting}
                title={t('inbox.failRunTitle')}
                hint={t('inbox.failRunText')}
                on_close={() => setRejecting(false)}
                on_reject={(reason) => {
                    setRejecting(false);
                    send({ kind: 'reject', reason }, t('inbox.rejected'));
                }}
            />
        </>
    );
}
