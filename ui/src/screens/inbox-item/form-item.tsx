import { Box, Button, Stack, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { ApiError } from '@/api/client';
import { type InboxAnswer, useAnswerItem, type Values } from '@/api/inbox';
import { t } from '@/i18n';
import { Markdown } from '@/parts/markdown';
import { errorsBelow, isSame } from '@/parts/values/kinds';
import { ValueInput } from '@/parts/values/value-input';
import { ValueList } from '@/parts/values/value-list';
import { useDraft } from '../inbox/drafts';
import { AnswerBar } from './answer-bar';
import classes from './inbox-item.module.css';
import type { ItemProps } from './item-view';
import { Overtaken } from './preview-item';

/** Nothing is said of what is empty. */
const withoutEmpty = (values: Values): Values =>
    Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

/** A form that an agent, or a person, wants to have filled in. */
export function FormItem({ project, item, can_answer, user }: ItemProps) {
    const form = item.runtime_input;
    const fields = form?.fields ?? [];
    const server = form?.values ?? {};
    const draft = useDraft(user, item._id, server);
    const answer = useAnswerItem(project);
    const values = (can_answer && draft.typed) || server;
    const is_unsaved = draft.typed !== undefined && !isSame(draft.typed, server);
    const errors = answer.error instanceof ApiError ? errorsBelow(answer.error.errors, 'values.') : undefined;
    const has_field_errors = errors !== undefined && Object.keys(errors).length > 0;

    const send = (given: InboxAnswer, done: string) =>
        answer.mutate(
            { item, answer: given },
            {
                onSuccess: () => {
                    draft.clear();
                    notifications.show({ withCloseButton: false, message: done });
                },
            },
        );
    return (
        <>
            <Stack gap="md" className={classes.body}>
                {form?.output && <Output text={form.output} />}
                {form?.title && <Title order={3}>{form.title}</Title>}
                {form?.description && <Text size="sm">{form.description}</Text>}
                {draft.is_overtaken && can_answer && (
                    <Overtaken name={item.answered_by?.name} on_keep={draft.rebase} on_drop={draft.clear} />
                )}
                {can_answer ? (
                    <Stack gap="md" maw={640}>
                        {fields.map((field) => (
                            <ValueInput
                                key={field.field_id}
                                project={project}
                                field={field}
                                value={values[field.field_id]}
                                errors={errors}
                                on_change={(value) => draft.set(withoutEmpty({ ...values, [field.field_id]: value }))}
                            />
                        ))}
                    </Stack>
                ) : (
                    <ValueList fields={fields} values={values} />
                )}
            </Stack>
            {can_answer && (
                <AnswerBar
                    error={has_field_errors ? undefined : answer.error}
                    note={has_field_errors ? t('inbox.correct') : is_unsaved ? t('inbox.unsaved') : undefined}
                >
                    <Button
                        variant="default"
                        disabled={!is_unsaved || answer.isPending}
                        onClick={() => send({ kind: 'draft_form', values }, t('inbox.draftSaved'))}
                    >
                        {t('inbox.saveDraft')}
                    </Button>
                    <Button
                        loading={answer.isPending}
                        onClick={() => send({ kind: 'submit', values }, t('inbox.submitted'))}
                    >
                        {t('inbox.submit')}
                    </Button>
                </AnswerBar>
            )}
            {!can_answer && answer.error && <AnswerBar error={answer.error}>{null}</AnswerBar>}
        </>
    );
}

/** What an agent brought, about which it is asked. */
export function Output({ text }: { text: string }) {
    return (
        <section aria-label={t('inbox.output')}>
            <Title order={3} mb={6}>
                {t('inbox.output')}
            </Title>
            <Box className={classes.output}>
                <Markdown text={text} />
            </Box>
        </section>
    );
}
