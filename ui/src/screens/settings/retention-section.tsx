import { NumberInput, Radio, Stack } from '@mantine/core';
import { t } from '@/i18n';
import { SettingsGroup } from '@/parts/settings-group';
import type { SectionProps } from '.';
import { SectionForm } from './section-form';

const days_first = 90;

/** How long runs that have ended are kept. */
export function RetentionSection({ project }: SectionProps) {
    return (
        <SettingsGroup title={t('settings.retention')} lead={t('settings.retentionLead')}>
            <SectionForm
                project={project}
                read={({ retention }) => retention.runs_days ?? null}
                patch={(runs_days) => ({ retention: { runs_days } })}
            >
                {({ value, set, at }) => (
                    <Stack gap="md">
                        <Radio.Group
                            aria-label={t('settings.retention')}
                            value={value === null ? 'ever' : 'days'}
                            onChange={(kind) => set(kind === 'ever' ? null : days_first)}
                        >
                            <Stack gap="sm">
                                <Radio value="ever" label={t('settings.keepForEver')} />
                                <Radio value="days" label={t('settings.keepDays')} />
                            </Stack>
                        </Radio.Group>
                        {value !== null && (
                            <NumberInput
                                label={t('settings.days')}
                                description={t('settings.daysHint')}
                                w={220}
                                hideControls
                                min={1}
                                max={36_500}
                                allowDecimal={false}
                                value={value}
                                onChange={(days) => set(Number(days))}
                                error={at('retention.runs_days')}
                            />
                        )}
                    </Stack>
                )}
            </SectionForm>
        </SettingsGroup>
    );
}
