import { Anchor, Button, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { Link } from '@tanstack/react-router';
import { type InboxItem, useAnswerItem } from '@/api/inbox';
import { t } from '@/i18n';
import { formatMoney, formatNumber } from '@/i18n/format';
import { useConfirm } from '@/parts/confirm';
import { AnswerBar } from './answer-bar';
import classes from './inbox-item.module.css';
import type { ItemProps } from './item-view';

type Budget = NonNullable<InboxItem['budget']>;

const levels = {
    execution: 'inbox.budgetOfRun',
    agentflow: 'inbox.budgetOfFlow',
    project: 'inbox.budgetOfProject',
    organization: 'inbox.budgetOfOrganization',
} as const;
const windows = {
    run: 'inbox.perRun',
    day: 'inbox.perDay',
    month: 'inbox.perMonth',
    cycle: 'inbox.perCycle',
} as const;

/** A call would have gone beyond a budget: make room and go on, or stop. */
export function BudgetItem({ project, item, can_answer }: ItemProps) {
    const answer = useAnswerItem(project);
    const confirm = useConfirm();
    const send = (outcome: 'go_on' | 'stop') =>
        answer.mutate(
            { item, answer: { kind: 'budget', outcome } },
            { onSuccess: () => notifications.show({ withCloseButton: false, message: t('inbox.answered') }) },
        );
    const stop = async () => {
        const deed = t('inbox.stopRun');
        if (await confirm({ title: `${deed}?`, text: t('inbox.stopRunText'), confirm: deed, tone: 'danger' }))
            send('stop');
    };
    return (
        <>
            <Stack gap="md" className={classes.body}>
                {item.budget && <Amounts budget={item.budget} />}
                <Text size="sm">
                    {t('inbox.budgetHint')}{' '}
                    <Anchor component={Link} to={`/p/${project}/settings/budgets`}>
                        {t('inbox.toBudgets')}
                    </Anchor>
                </Text>
            </Stack>
            {(can_answer || answer.error) && (
                <AnswerBar error={answer.error}>
                    {can_answer && (
                        <>
                            <Button variant="default" disabled={answer.isPending} onClick={stop}>
                                {t('inbox.stopRun')}
                            </Button>
                            <Button loading={answer.isPending} onClick={() => send('go_on')}>
                                {t('inbox.goOn')}
                            </Button>
                        </>
                    )}
                </AnswerBar>
            )}
        </>
    );
}

function Amounts({ budget }: { budget: Budget }) {
    const amount = (value: number | undefined) =>
        budget.unit === 'cost_usd' ? formatMoney(value ?? 0) : t('inbox.credits', { amount: formatNumber(value ?? 0) });
    const used_share = budget.ceiling ? Math.min(1, (budget.used ?? 0) / budget.ceiling) : 1;
    const missing = Math.max(0, (budget.needed ?? 0) - (budget.left ?? 0));
    return (
        <section className={classes.budget} aria-label={t('inbox.budget')}>
            <Text size="sm" fw={500}>
                {t(levels[budget.level ?? 'project'])}, {t(windows[budget.window ?? 'run'])}
            </Text>
            <div className={classes.meter} aria-hidden>
                <span style={{ width: `${used_share * 100}%` }} />
            </div>
            <dl>
                {(
                    [
                        ['inbox.ceiling', budget.ceiling],
                        ['inbox.used', budget.used],
                        ['inbox.left', budget.left],
                        ['inbox.needed', budget.needed],
                    ] as const
                ).map(([text, value]) => (
                    <div key={text}>
                        <dt>{t(text)}</dt>
                        <dd>{amount(value)}</dd>
                    </div>
                ))}
            </dl>
            <Text size="sm">{t('inbox.missing', { amount: amount(missing) })}</Text>
        </section>
    );
}
