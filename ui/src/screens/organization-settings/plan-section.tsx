import { Badge, Group, Progress, SimpleGrid, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type Customer, customerQuery, no_limit } from '@/api/customer';
import { type Key, t } from '@/i18n';
import { formatBytes, formatDate, formatNumber } from '@/i18n/format';
import { QueryView } from '@/parts/query-view';
import { SettingsCard, SettingsGroup, SettingsRow } from '@/parts/settings-group';
import { CardsSkeleton } from '@/parts/skeletons';
import classes from './organization.module.css';

type CountKey = Extract<Key, `organization.quota${string}`>;
const counts = [
    ['number_of_projects', 'organization.quotaProjects'],
    ['number_of_members', 'organization.quotaMembers'],
    ['number_of_agentflows', 'organization.quotaFlows'],
    ['number_of_connectors', 'organization.quotaConnectors'],
    ['number_of_tables', 'organization.quotaTables'],
    ['number_of_files', 'organization.quotaFiles'],
    ['storage_space_in_mb', 'organization.quotaStorage'],
    ['number_of_executions', 'organization.quotaRuns'],
] as const satisfies readonly (readonly [keyof Customer['usage'] & keyof Customer['quota'], CountKey])[];

const plan_names: Record<Customer['plan'], Key & `organization.plan${string}`> = {
    self_hosted: 'organization.planSelfHosted',
    trial: 'organization.planTrial',
    starter: 'organization.planStarter',
    team: 'organization.planTeam',
};

/** What the plan allows, and what is used of it. */
export function PlanSection() {
    const customer = useQuery(customerQuery);
    return (
        <QueryView query={customer} skeleton={<CardsSkeleton height={90} />}>
            {(found) => (
                <>
                    <Plan customer={found} />
                    <Credits customer={found} />
                    <Models customer={found} />
                </>
            )}
        </QueryView>
    );
}

function Plan({ customer }: { customer: Customer }) {
    const { organization_name, plan, trial_end_date, is_trial_active, billing_cycle_start, billing_cycle_expiry } =
        customer;
    return (
        <SettingsGroup
            title={organization_name}
            lead={t('organization.cycle', {
                from: formatDate(billing_cycle_start),
                to: formatDate(billing_cycle_expiry),
            })}
            action={
                <Group gap="xs">
                    {is_trial_active && trial_end_date && (
                        <Text size="sm" c="dimmed">
                            {t('organization.trialEnds', { when: formatDate(trial_end_date) })}
                        </Text>
                    )}
                    <Badge c="var(--weft-accent-text)">{t(plan_names[plan])}</Badge>
                </Group>
            }
        >
            <SimpleGrid cols={{ base: 2, md: 4 }} spacing="sm">
                {counts.map(([name, key]) => (
                    <Quota
                        key={name}
                        name={t(key)}
                        used={customer.usage[name]}
                        quota={customer.quota[name]}
                        bytes={name === 'storage_space_in_mb'}
                    />
                ))}
            </SimpleGrid>
        </SettingsGroup>
    );
}

type QuotaProps = { name: string; used: number; quota: number; bytes?: boolean };

function Quota({ name, used, quota, bytes }: QuotaProps) {
    const format = (value: number) => (bytes ? formatBytes(value * 1_000_000) : formatNumber(value));
    const limited = quota < no_limit;
    const share = quota > 0 ? Math.min(100, (used / quota) * 100) : 100;
    return (
        <div className={classes.quota}>
            <Text size="xs" c="dimmed">
                {name}
            </Text>
            <Text fw={600} fz={18} lh="26px">
                {format(used)}
                {limited && (
                    <Text span size="sm" c="dimmed" fw={400}>
                        {' '}
                        / {format(quota)}
                    </Text>
                )}
            </Text>
            {limited && (
                <Progress
                    value={share}
                    size={3}
                    mt={6}
                    color={share >= 90 ? 'var(--weft-bad)' : 'iris'}
                    aria-label={name}
                />
            )}
        </div>
    );
}

function Credits({ customer }: { customer: Customer }) {
    const { quota, usage, credits_counted } = customer;
    const granted = quota.number_of_credits.subscription_credits;
    const top_up = quota.number_of_credits.top_up_credits;
    const lead = credits_counted ? t('organization.creditsLead') : t('organization.creditsFree');
    return (
        <SettingsGroup title={t('organization.creditsTitle')} lead={lead}>
            <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
                <Quota
                    name={t('organization.ofSubscription')}
                    used={usage.number_of_credits.subscription_credits}
                    quota={granted}
                />
                {credits_counted && (
                    <Quota
                        name={t('organization.ofTopUps')}
                        used={usage.number_of_credits.top_up_credits}
                        quota={top_up}
                    />
                )}
            </SimpleGrid>
        </SettingsGroup>
    );
}

function Models({ customer }: { customer: Customer }) {
    const models = Object.entries(customer.usage.number_of_agent_executions.llm_wise_usage);
    if (models.length === 0) return null;
    return (
        <SettingsGroup title={t('organization.byModel')} lead={t('organization.byModelLead')}>
            <SettingsCard>
                {models.map(([model, { executions = 0, tokens = 0, credits = 0 }]) => (
                    <SettingsRow key={model} title={model} text={t('organization.steps', { count: executions })}>
                        <Text size="sm" c="dimmed">
                            {t('organization.tokens', { count: tokens })} ·{' '}
                            {t('organization.creditCount', { credits: formatNumber(credits) })}
                        </Text>
                    </SettingsRow>
                ))}
            </SettingsCard>
        </SettingsGroup>
    );
}
