import { notifications } from '@mantine/notifications';
import { useQuery } from '@tanstack/react-query';
import { useIsAdmin } from '@/api/my-role';
import { projectsQuery } from '@/api/projects';
import { type Budget, type BudgetUse, budgetsQuery, useSetBudgets } from '@/api/settings';
import { t } from '@/i18n';
import { BudgetList, levelName, Uses } from '@/parts/budget-list';
import { DraftForm, fieldErrors, useDraft } from '@/parts/draft';
import { QueryView } from '@/parts/query-view';
import { SettingsCard, SettingsGroup, SettingsRow } from '@/parts/settings-group';
import { TextSkeleton } from '@/parts/skeletons';

/** What is used is told by unit; a budget has both in one. */
function budgetsOf(uses: BudgetUse[]): Budget[] {
    const found = new Map<string, Budget>();
    for (const { level, window, policy, unit, ceiling } of uses) {
        // That of the plan belongs to the plan.
        if (level !== 'organization' || window === 'cycle') continue;
        const key = `${window} ${policy}`;
        const budget = found.get(key) ?? { level, window, policy };
        found.set(key, { ...budget, [unit]: ceiling });
    }
    return [...found.values()];
}

/** Ceilings over all coworkers together, and those of each. */
export function BudgetsSection() {
    const query = useQuery(budgetsQuery);
    return (
        <QueryView query={query} skeleton={<TextSkeleton lines={8} />}>
            {(uses) => (
                <>
                    <OrganizationBudgets uses={uses} />
                    <ProjectBudgets uses={uses} />
                </>
            )}
        </QueryView>
    );
}

function OrganizationBudgets({ uses }: { uses: BudgetUse[] }) {
    const is_admin = useIsAdmin();
    const set = useSetBudgets();
    const draft = useDraft(budgetsOf(uses));
    return (
        <SettingsGroup title={t('organization.budgets')} lead={t('organization.budgetsLead')}>
            <DraftForm
                draft={draft}
                change={set}
                may_edit={is_admin}
                on_save={() =>
                    set.mutate(draft.value, {
                        onSuccess: () => {
                            draft.reset();
                            notifications.show({ withCloseButton: false, message: t('parts.saved') });
                        },
                    })
                }
            >
                <BudgetList
                    budgets={draft.value}
                    on_change={draft.set}
                    levels={['organization']}
                    uses={uses.filter(({ level }) => level === 'organization')}
                    at={fieldErrors(set.error)}
                    may_edit={is_admin}
                />
            </DraftForm>
        </SettingsGroup>
    );
}

function ProjectBudgets({ uses }: { uses: BudgetUse[] }) {
    const projects = useQuery(projectsQuery).data ?? [];
    const counted = uses.filter(({ projectID, used }) => projectID !== null && used !== null);
    if (counted.length === 0) return null;
    return (
        <SettingsGroup title={t('organization.projectBudgets')} lead={t('organization.projectBudgetsLead')}>
            <SettingsCard>
                {counted.map((use) => (
                    <SettingsRow
                        key={`${use.projectID} ${use.level} ${use.agentflow_id} ${use.window} ${use.unit}`}
                        title={projects.find(({ _id }) => _id === use.projectID)?.projectName ?? use.projectID}
                        text={
                            <>
                                {levelName(use.level)}
                                <Uses uses={[use]} />
                            </>
                        }
                    />
                ))}
            </SettingsCard>
        </SettingsGroup>
    );
}
