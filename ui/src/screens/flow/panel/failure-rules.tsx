import { Checkbox, SimpleGrid, Stack } from '@mantine/core';
import { t } from '@/i18n';
import type { AgentDoc } from '../model/document';
import type { AgentFieldsProps } from './agent-panel';
import { Labelled, NumberField, Section } from './fields';

const year_s = 31_536_000;
const day_s = 86_400;
const reasons = ['rate_limited', 'unavailable', 'timed_out', 'invalid_output'] as const;
type Retry = NonNullable<AgentDoc['retry']>;

/** What is left empty is the server's default, which the placeholder tells. */
export function FailureRules({ agent, set, disabled }: AgentFieldsProps) {
    const retry: Retry = agent.retry ?? {};
    const changeRetry = (patch: Retry, key?: string) => {
        const next: Retry = { ...retry, ...patch };
        const said = Object.entries(next).filter(([, value]) => value !== undefined && value !== null);
        set({ retry: said.length ? Object.fromEntries(said) : null }, key);
    };
    const chosen = retry.on ?? reasons;
    const toggle = (reason: (typeof reasons)[number]) => {
        const on = reasons.filter((each) => chosen.includes(each) !== (each === reason));
        changeRetry({ on: on.length === reasons.length ? undefined : on });
    };
    const number = (
        name: 'attempts' | 'first_s' | 'factor' | 'max_s',
        label: string,
        limits: { min: number; max: number; decimals?: number; suffix?: string; placeholder: string },
    ) => (
        <NumberField
            {...limits}
            label={label}
            value={retry[name]}
            on_change={(value) => changeRetry({ [name]: value ?? undefined }, name)}
            disabled={disabled}
        />
    );
    const s = t('flow.seconds');
    return (
        <Section title={t('flow.failure')}>
            <SimpleGrid cols={2} spacing="sm">
                {number('attempts', t('flow.attempts'), { min: 1, max: 20, placeholder: '3' })}
                {number('first_s', t('flow.firstWait'), {
                    min: 0,
                    max: day_s,
                    decimals: 2,
                    suffix: s,
                    placeholder: `1 ${s}`,
                })}
                {number('factor', t('flow.factor'), { min: 1, max: 10, decimals: 2, placeholder: '2' })}
                {number('max_s', t('flow.maxWait'), {
                    min: 0,
                    max: day_s,
                    decimals: 2,
                    suffix: s,
                    placeholder: `3600 ${s}`,
                })}
                <NumberField
                    label={t('flow.jitter')}
                    // People think of a share in hundredths.
                    value={typeof retry.jitter === 'number' ? Math.round(retry.jitter * 100) : null}
                    on_change={(value) => changeRetry({ jitter: value === null ? undefined : value / 100 }, 'jitter')}
                    min={0}
                    max={100}
                    suffix="%"
                    placeholder="25 %"
                    disabled={disabled}
                />
            </SimpleGrid>
            <Labelled label={t('flow.retryOn')}>
                <Stack gap={6}>
                    {reasons.map((reason) => (
                        <Checkbox
                            key={reason}
                            size="xs"
                            label={t(`flow.${reason}`)}
                            checked={chosen.includes(reason)}
                            // A policy that tries again on nothing is one attempt.
                            disabled={disabled || (chosen.length === 1 && chosen.includes(reason))}
                            onChange={() => toggle(reason)}
                        />
                    ))}
                </Stack>
            </Labelled>
            <SimpleGrid cols={2} spacing="sm">
                <NumberField
                    label={t('flow.callTimeout')}
                    value={agent.call_timeout_s}
                    on_change={(call_timeout_s) => set({ call_timeout_s }, 'call_timeout_s')}
                    min={0.1}
                    max={year_s}
                    decimals={1}
                    suffix={s}
                    placeholder={`3600 ${s}`}
                    disabled={disabled}
                />
                <NumberField
                    label={t('flow.stepTimeout')}
                    value={agent.step_timeout_s}
                    on_change={(step_timeout_s) => set({ step_timeout_s }, 'step_timeout_s')}
                    min={0.1}
                    max={year_s}
                    decimals={1}
                    suffix={s}
                    placeholder={t('flow.noLimit')}
                    disabled={disabled}
                />
            </SimpleGrid>
            <NumberField
                label={t('flow.turns')}
                value={agent.turns_max}
                on_change={(turns_max) => set({ turns_max: turns_max ?? undefined }, 'turns_max')}
                min={1}
                max={200}
                placeholder="16"
                disabled={disabled}
            />
        </Section>
    );
}
