import { Button, Stack, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useAnswerItem } from '@/api/inbox';
import { t } from '@/i18n';
import { useConfirm } from '@/parts/confirm';
import { JsonInput } from '@/parts/values/json-input';
import { fieldOf } from '@/parts/values/kinds';
import { ValueList } from '@/parts/values/value-list';
import { AnswerBar } from './answer-bar';
import classes from './inbox-item.module.css';
import type { ItemProps } from './item-view';

const deeds = {
    done: { deed: 'inbox.itHappened', text: 'inbox.itHappenedText' },
    not_done: { deed: 'inbox.itDidNot', text: 'inbox.itDidNotText' },
    stop: { deed: 'inbox.stopRun', text: 'inbox.stopRunText' },
} as const;

/** Nobody but a person can find out whether it happened. */
export function UncertainItem({ project, item, can_answer }: ItemProps) {
    const answer = useAnswerItem(project);
    const confirm = useConfirm();
    const [result, setResult] = useState<unknown>();
    const [is_valid, setValid] = useState(true);
    const input = item.skill?.input ?? {};

    const say = async (outcome: keyof typeof deeds) => {
        const { deed, text } = deeds[outcome];
        const tone = outcome === 'stop' ? ('danger' as const) : undefined;
        if (!(await confirm({ title: `${t(deed)}?`, text: t(text), confirm: t(deed), tone }))) return;
        answer.mutate(
            { item, answer: { kind: 'uncertain', outcome, result: outcome === 'done' ? result : undefined } },
            { onSuccess: () => notifications.show({ withCloseButton: false, message: t('inbox.answered') }) },
        );
    };
    return (
        <>
            <Stack gap="md" className={classes.body}>
                <Text size="sm">{t('inbox.uncertainText')}</Text>
                {item.skill?.name && (
                    <section aria-label={t('inbox.wasBeingDone')}>
                        <Title order={3} mb={6}>
                            {t('inbox.wasBeingDone')}: {item.skill.name}
                        </Title>
                        <ValueList
                            fields={Object.keys(input).map((name) => fieldOf(name, input[name]))}
                            values={input}
                        />
                    </section>
                )}
                {can_answer && (
                    <JsonInput
                        label={t('inbox.result')}
                        description={t('inbox.resultHint')}
                        value={result}
                        on_change={setResult}
                        on_valid={setValid}
                    />
                )}
            </Stack>
            {(can_answer || answer.error) && (
                <AnswerBar error={answer.error}>
                    {can_answer && (
                        <>
                            <Button variant="subtle" color="red.8" onClick={() => say('stop')}>
                                {t('inbox.stopRun')}
                            </Button>
                            <Button variant="default" disabled={answer.isPending} onClick={() => say('not_done')}>
                                {t('inbox.itDidNot')}
                            </Button>
                            <Button loading={answer.isPending} disabled={!is_valid} onClick={() => say('done')}>
                                {t('inbox.itHappened')}
                            </Button>
                        </>
                    )}
                </AnswerBar>
            )}
        </>
    );
}
