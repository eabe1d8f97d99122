import { Button, Group, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, type Schemas } from '@/api/client';
import { askedSkillQuery, type InboxAnswer, useAnswerItem } from '@/api/inbox';
import { t } from '@/i18n';
import { useConfirm } from '@/parts/confirm';
import { useScreenKeys } from '@/parts/use-screen-keys';
import { errorsBelow, isSame } from '@/parts/values/kinds';
import { useDraft } from '../inbox/drafts';
import { useSelectedCount } from '../inbox/selection-context';
import { AnswerBar, Key } from './answer-bar';
import { askedInput, Changes, changesOf } from './changes';
import classes from './inbox-item.module.css';
import { InputEditor } from './input-editor';
import type { ItemProps } from './item-view';
import { cannotApprove } from './people';
import { RejectDialog } from './reject-dialog';
import { Thoughts } from './thoughts';

const input_path = 'preview_input.skill.input.';

/** A skill may have several actions: the one that takes all that is given. */
function actionFor(skill: Schemas['Skill'] | undefined, names: string[]): Schemas['Action'] | undefined {
    if (skill?.actions.length === 1) return skill.actions[0];
    return skill?.actions.find(({ input_schema, preset }) => {
        const known = new Set([...input_schema.fields.map(({ field_id }) => field_id), ...Object.keys(preset ?? {})]);
        return names.every((name) => known.has(name));
    });
}

/** May the agent do exactly this? Approve, change and approve, keep a draft, or reject. */
export function PreviewItem({ project, item, can_answer, user }: ItemProps) {
    const server = item.preview_input?.skill.input ?? {};
    const draft = useDraft(user, item._id, server);
    const answer = useAnswerItem(project);
    const confirm = useConfirm();
    const selected = useSelectedCount();
    const [is_editing, setEditing] = useState(draft.typed !== undefined);
    const [is_valid, setValid] = useState(true);
    const [rejecting, setRejecting] = useState(false);
    const skill = useQuery(askedSkillQuery(item.preview_input?.skill.id)).data;

    const input = (can_answer && draft.typed) || server;
    const asked = askedInput(item);
    const changes = changesOf(asked, input);
    const is_unsaved = can_answer && draft.typed !== undefined && !isSame(draft.typed, server);
    const may_approve = can_answer && !cannotApprove(item, user);
    const errors =
        answer.error instanceof ApiError && answer.error.status === 422
            ? errorsBelow(answer.error.errors, input_path)
            : undefined;

    const send = (given: InboxAnswer, done: string) =>
        answer.mutate(
            { item, answer: given },
            {
                onSuccess: () => {
                    draft.clear();
                    setEditing(false);
                    notifications.show({ withCloseButton: false, message: done });
                },
                onError: () => setEditing(is_editing || is_unsaved),
            },
        );
    const approve = () => is_valid && send({ kind: 'approve', input }, t('inbox.approved'));
    const askApprove = async () => {
        const text = changes.length > 0 ? t('inbox.approveChangedText') : t('inbox.approveText');
        const deed = changes.length > 0 ? t('inbox.approveChanged') : t('inbox.approve');
        if (await confirm({ title: `${deed}?`, text, confirm: deed })) approve();
    };
    useScreenKeys(
        can_answer && selected === 0
            ? {
                  e: () => setEditing(true),
                  a: () => may_approve && void askApprove(),
                  r: () => setRejecting(true),
              }
            : {},
    );

    return (
        <>
            <Stack gap="md" className={classes.body}>
                <Thoughts item={item} />
                {draft.is_overtaken && can_answer && (
                    <Overtaken name={item.answered_by?.name} on_keep={draft.rebase} on_drop={draft.clear} />
                )}
                <InputEditor
                    {...{ project, input, is_editing, errors }}
                    schema={actionFor(skill, Object.keys(server))?.input_schema.fields ?? []}
                    on_change={draft.set}
                    on_valid={setValid}
                />
                <Changes
                    changes={changes}
                    title={can_answer ? t('inbox.yourChanges') : t('inbox.changedBeforeApproval')}
                />
            </Stack>
            {can_answer && (
                <AnswerBar
                    error={errors && Object.keys(errors).length > 0 ? undefined : answer.error}
                    note={is_unsaved ? t('inbox.unsaved') : undefined}
                >
                    {is_editing ? (
                        <>
                            <Button
                                variant="subtle"
                                onClick={() => {
                                    draft.clear();
                                    answer.reset();
                                    setEditing(false);
                                    setValid(true);
                                }}
                            >
                                {t('inbox.discard')}
                            </Button>
                            <Button
                                variant="default"
                                disabled={!is_unsaved || !is_valid || answer.isPending}
                                onClick={() => send({ kind: 'draft', input }, t('inbox.draftSaved'))}
                            >
                                {t('inbox.saveDraft')}
                            </Button>
                        </>
                    ) : (
                        <Button variant="default" rightSection={<Key>E</Key>} onClick={() => setEditing(true)}>
                            {t('inbox.edit')}
                        </Button>
                    )}
                    <Button variant="default" rightSection={<Key>R</Key>} onClick={() => setRejecting(true)}>
                        {t('inbox.reject')}
                    </Button>
                    {may_approve && (
                        <Button
                            rightSection={<Key>A</Key>}
                            disabled={!is_valid}
                            loading={answer.isPending}
                            onClick={approve}
                        >
                            {changes.length > 0 ? t('inbox.approveChanged') : t('inbox.approve')}
                        </Button>
                    )}
                </AnswerBar>
            )}
            {!can_answer && answer.error && <AnswerBar error={answer.error}>{null}</AnswerBar>}
            <RejectDialog
                opened={rejecting}
                title={t('inbox.rejectTitle')}
                on_close={() => setRejecting(false)}
                on_reject={(reason) => {
                    setRejecting(false);
                    send({ kind: 'reject', reason }, t('inbox.rejected'));
                }}
            />
        </>
    );
}

type OvertakenProps = { name?: string; on_keep: () => void; on_drop: () => void };

/** Two people have worked on the same draft: neither is lost without being asked. */
export function Overtaken({ name, on_keep, on_drop }: OvertakenProps) {
    return (
        <div className={classes.outcome} role="alert">
            <Text size="sm">{t('inbox.overtaken', { name: name ?? t('inbox.somebody') })}</Text>
            <Group gap="xs" mt={4}>
                <Button size="compact-sm" variant="default" onClick={on_drop}>
                    {t('inbox.useTheirs')}
                </Button>
                <Button size="compact-sm" variant="subtle" onClick={on_keep}>
                    {t('inbox.keepMine')}
                </Button>
            </Group>
        </div>
    );
}
