import { Button, NumberInput, Progress, Select, SimpleGrid, Stack, Text } from '@mantine/core';
import { IconCoin, IconPlus } from '@tabler/icons-react';
import type { Flow } from '@/api/flows';
import type { Budget, BudgetUse } from '@/api/settings';
import { t } from '@/i18n';
import { formatMoney, formatNumber } from '@/i18n/format';
import classes from './budget-list.module.css';
import type { ErrorsAt } from './draft';
import { EmptyState } from './empty-state';
import { RelativeTime } from './relative-time';

type Level = Budget['level'];

type BudgetListProps = {
    budgets: Budget[];
    on_change: (budgets: Budget[]) => void;
    /** What can be limited here. */
    levels: readonly Level[];
    flows?: Flow[];
    /** All of them are of this flow. */
    only_flow?: string;
    /** Of what is saved: what is used and left. */
    uses: BudgetUse[];
    at: ErrorsAt;
    may_edit: boolean;
};

const windowsOf = (level: Level): Budget['window'][] => (level === 'execution' ? ['run'] : ['day', 'month']);
const asLimit = (value: string | number) => (value === '' ? undefined : Number(value));

/** Ceilings on what models may cost: one card for each. */
export function BudgetList({ budgets, on_change, levels, flows = [], only_flow, uses, at, may_edit }: BudgetListProps) {
    const first = levels[0] ?? 'project';
    const add = may_edit && (
        <Button
            variant={budgets.length === 0 ? 'filled' : 'default'}
            leftSection={<IconPlus size={16} />}
            onClick={() =>
                on_change([
                    ...budgets,
                    {
                        level: first,
                        ...(only_flow && { agentflow_id: only_flow }),
                        window: windowsOf(first)[0] ?? 'day',
                        cost_usd: 10,
                        policy: 'ask',
                    },
                ])
            }
        >
            {t('budgets.add')}
        </Button>
    );
    if (budgets.length === 0)
        return (
            <EmptyState icon={IconCoin} title={t('budgets.emptyTitle')} text={t('budgets.emptyText')} action={add} />
        );
    const put = (index: number, budget: Budget) =>
        on_change(budgets.map((old, each) => (each === index ? budget : old)));
    return (
        <Stack gap="md">
            <ul className={classes.list}>
                {budgets.map((budget, index) => (
                    // By index: budgets have no id, and their order is theirs
                    <li key={index} className={classes.budget} aria-label={t('budgets.one', { number: index + 1 })}>
                        <BudgetFields
                            budget={budget}
                            on_change={(next) => put(index, next)}
                            levels={levels}
                            flows={only_flow ? undefined : flows}
                            at={(field) => at(`budgets.${index}${field && `.${field}`}`)}
                        />
                        <Uses uses={uses.filter((use) => isOf(use, budget))} />
                        {may_edit && (
                            <Button
                                className={classes.remove}
                                variant="subtle"
                                color="gray"
                                size="xs"
                                onClick={() => on_change(budgets.filter((_, each) => each !== index))}
                                aria-label={t('budgets.remove', { number: index + 1 })}
                            >
                                {t('parts.remove')}
                            </Button>
                        )}
                    </li>
                ))}
            </ul>
            {add && <div>{add}</div>}
        </Stack>
    );
}

type BudgetFieldsProps = {
    budget: Budget;
    on_change: (budget: Budget) => void;
    levels: readonly Level[];
    /** Absent: whose flow it is has been said. */
    flows: Flow[] | undefined;
    at: (field: string) => string | undefined;
};

function BudgetFields({ budget, on_change, levels, flows, at }: BudgetFieldsProps) {
    const change = (part: Partial<Budget>) => on_change({ ...budget, ...part });
    const { level } = budget;
    const takes_flow = flows !== undefined && (level === 'agentflow' || level === 'execution');
    const setLevel = (next: Level) => {
        const windows = windowsOf(next);
        const window = windows.includes(budget.window) ? budget.window : (windows[0] ?? 'day');
        const { agentflow_id, ...rest } = budget;
        const keeps = next === 'agentflow' || next === 'execution';
        on_change({ ...rest, ...(keeps && agentflow_id ? { agentflow_id } : {}), level: next, window });
    };
    const all_flows = level === 'execution' ? [{ value: '', label: t('budgets.everyFlow') }] : [];
    return (
        <SimpleGrid cols={{ base: 1, xs: 2, lg: 3 }} spacing="sm" verticalSpacing="sm" pr={{ base: 0, xs: 84 }}>
            {levels.length > 1 && (
                <Select
                    label={t('budgets.level')}
                    data={levels.map((value) => ({ value, label: levelName(value) }))}
                    value={level}
                    onChange={(next) => setLevel(next as Level)}
                    error={at('level') ?? at('')}
                />
            )}
            {takes_flow && (
                <Select
                    label={t('budgets.flow')}
                    placeholder={t('budgets.chooseFlow')}
                    searchable
                    data={[...all_flows, ...flows.map(({ _id, name }) => ({ value: _id, label: name }))]}
                    value={budget.agentflow_id ?? (level === 'execution' ? '' : null)}
                    onChange={(id) => change({ agentflow_id: id || undefined })}
                    error={at('agentflow_id')}
                />
            )}
            <Select
                label={t('budgets.window')}
                data={windowsOf(level).map((value) => ({ value, label: windowName(value) }))}
                value={budget.window}
                onChange={(window) => change({ window: window as Budget['window'] })}
                error={at('window')}
            />
            <NumberInput
                label={t('budgets.money')}
                prefix="$"
                hideControls
                min={0}
                decimalScale={4}
                thousandSeparator=","
                value={budget.cost_usd ?? ''}
                onChange={(value) => change({ cost_usd: asLimit(value) })}
                error={at('cost_usd') ?? (levels.length > 1 ? undefined : at(''))}
            />
            <NumberInput
                label={t('budgets.credits')}
                hideControls
                min={0}
                decimalScale={4}
                value={budget.credits ?? ''}
                onChange={(value) => change({ credits: asLimit(value) })}
                error={at('credits')}
            />
            <Select
                label={t('budgets.policy')}
                data={[
                    { value: 'ask', label: t('budgets.ask') },
                    { value: 'refuse', label: t('budgets.refuse') },
                    { value: 'shrink', label: t('budgets.shrink') },
                ]}
                value={budget.policy}
                onChange={(policy) => change({ policy: policy as Budget['policy'] })}
                error={at('policy')}
            />
        </SimpleGrid>
    );
}

export const levelName = (level: Level) =>
    ({
        execution: t('budgets.levelRun'),
        agentflow: t('budgets.levelFlow'),
        project: t('budgets.levelProject'),
        organization: t('budgets.levelOrganization'),
    })[level];

const windowName = (window: Budget['window']) =>
    ({ run: t('budgets.windowRun'), day: t('budgets.windowDay'), month: t('budgets.windowMonth') })[window];

const isOf = (use: BudgetUse, budget: Budget) =>
    use.used !== null &&
    use.level === budget.level &&
    use.window === budget.window &&
    (use.agentflow_id ?? '') === (budget.agentflow_id ?? '') &&
    use.ceiling === budget[use.unit];

/** What is used of a ceiling, with what open calls may yet cost. */
export function Uses({ uses }: { uses: BudgetUse[] }) {
    return uses.map(({ unit, used, ceiling, begins_anew_at }) => {
        const share = ceiling > 0 ? Math.min(100, ((used ?? 0) / ceiling) * 100) : 100;
        const format = unit === 'cost_usd' ? formatMoney : formatNumber;
        return (
            <div key={unit} className={classes.use}>
                <Progress
                    value={share}
                    size={5}
                    color={share >= 90 ? 'var(--weft-bad)' : share >= 70 ? 'var(--weft-warn)' : 'iris'}
                    aria-label={t('budgets.used')}
                />
                <Text size="xs" c="dimmed" mt={4}>
                    {unit === 'cost_usd'
                        ? t('budgets.usedMoney', { used: format(used ?? 0), ceiling: format(ceiling) })
                        : t('budgets.usedCredits', { used: format(used ?? 0), ceiling: format(ceiling) })}
                    {begins_anew_at !== null && (
                        <>
                            {' · '}
                            {t('budgets.anew')} <RelativeTime when={begins_anew_at} />
                        </>
                    )}
                </Text>
            </div>
        );
    });
}
