import { Button, Modal, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconCoin } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Budget, budgetsQuery, settingsQuery, useChangeSettings } from '@/api/settings';
import { t } from '@/i18n';
import { formatMoney, formatNumber } from '@/i18n/format';
import { BudgetList } from '@/parts/budget-list';
import { DraftForm, fieldErrors, useAskToLeave, useDraft } from '@/parts/draft';
import { useFlowBuilder } from '../context';
import { Section } from './fields';

const levels = ['agentflow', 'execution'] as const;
const no_budgets: Budget[] = [];

function budgetText({ window, credits, cost_usd }: Budget): string {
    const amount = [
        cost_usd !== undefined && formatMoney(cost_usd),
        credits !== undefined && t('flow.credits', { amount: formatNumber(credits) }),
    ]
        .filter(Boolean)
        .join(' / ');
    const key = window === 'run' ? 'budgetRun' : window === 'day' ? 'budgetDay' : 'budgetMonth';
    return t(`flow.${key}`, { amount });
}

/** What runs of this flow may spend. It belongs to the coworker's settings, and is saved there at once. */
export function FlowBudgets() {
    const { project, flow_id, may_edit } = useFlowBuilder();
    const settings = useQuery(settingsQuery(project)).data;
    const [opened, setOpened] = useState(false);
    const all = settings?.budgets ?? no_budgets;
    const own = all.filter(({ agentflow_id }) => agentflow_id === flow_id);
    return (
        <Section title={t('flow.budgets')}>
            <div>
                {own.length === 0 && (
                    <Text size="sm" c="dimmed">
                        {t('flow.budgetsNone')}
                    </Text>
                )}
                {own.map((budget) => (
                    <Text size="sm" key={`${budget.level} ${budget.window}`}>
                        {budgetText(budget)}
                    </Text>
                ))}
            </div>
            {may_edit && settings && (
                <div>
                    <Button
                        variant="default"
                        size="xs"
                        leftSection={<IconCoin size={14} stroke={1.75} />}
                        onClick={() => setOpened(true)}
                    >
                        {t('flow.editBudgets')}
                    </Button>
                </div>
            )}
            {opened && <BudgetDialog own={own} all={all} on_close={() => setOpened(false)} />}
        </Section>
    );
}

type BudgetDialogProps = { own: Budget[]; all: Budget[]; on_close: () => void };

function BudgetDialog({ own, all, on_close }: BudgetDialogProps) {
    const { project, flow_id, builder } = useFlowBuilder();
    const is_phone = useMediaQuery('(max-width: 48em)');
    const mayLeave = useAskToLeave();
    const uses = useQuery(budgetsQuery).data ?? [];
    const change = useChangeSettings(project);
    const draft = useDraft(own);
    const others = all.filter(({ agentflow_id }) => agentflow_id !== flow_id);
    // Ours come first, so that the server counts them as we do.
    const save = () =>
        change.mutate(
            { budgets: [...draft.value, ...others] },
            {
                onSuccess: () => {
                    notifications.show({ withCloseButton: false, message: t('parts.saved') });
                    on_close();
                },
            },
        );
    const close = async () => {
        if (!draft.is_dirty || (await mayLeave())) on_close();
    };
    return (
        <Modal
            opened
            onClose={() => void close()}
            size={760}
            fullScreen={is_phone}
            title={t('flow.budgetsOf', { name: builder.doc.name })}
            closeButtonProps={{ 'aria-label': t('parts.close') }}
        >
            <DraftForm draft={draft} change={change} on_save={save}>
                <BudgetList
                    budgets={draft.value}
                    on_change={draft.set}
                    levels={levels}
                    only_flow={flow_id}
                    uses={uses.filter(({ projectID }) => projectID === project)}
                    at={fieldErrors(change.error)}
                    may_edit
                />
            </DraftForm>
        </Modal>
    );
}
