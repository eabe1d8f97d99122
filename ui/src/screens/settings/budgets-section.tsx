import { useQuery } from '@tanstack/react-query';
import { flowsQuery } from '@/api/flows';
import { budgetsQuery } from '@/api/settings';
import { t } from '@/i18n';
import { BudgetList } from '@/parts/budget-list';
import { SettingsGroup } from '@/parts/settings-group';
import type { SectionProps } from '.';
import { SectionForm } from './section-form';

const levels = ['project', 'agentflow', 'execution'] as const;

/** What the runs of this coworker may spend. */
export function BudgetsSection({ project }: SectionProps) {
    const flows = useQuery(flowsQuery(project)).data?.agentflows ?? [];
    const uses = useQuery(budgetsQuery).data ?? [];
    return (
        <SettingsGroup title={t('budgets.title')} lead={t('budgets.lead')}>
            <SectionForm project={project} read={({ budgets }) => budgets} patch={(budgets) => ({ budgets })}>
                {({ value, set, at, may_edit }) => (
                    <BudgetList
                        budgets={value}
                        on_change={set}
                        levels={levels}
                        flows={flows}
                        uses={uses.filter(({ projectID }) => projectID === project)}
                        at={at}
                        may_edit={may_edit}
                    />
                )}
            </SectionForm>
        </SettingsGroup>
    );
}
