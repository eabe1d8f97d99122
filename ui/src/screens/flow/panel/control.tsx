import { Checkbox, Group, Select, Switch } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { assigneesQuery } from '@/api/inbox';
import { t } from '@/i18n';
import { useFlowBuilder } from '../context';
import type { AgentFieldsProps } from './agent-panel';
import { NumberField, Section } from './fields';

const year_s = 31_536_000;

export function Control({ agent, set, disabled }: AgentFieldsProps) {
    const approval = agent.approval ?? {};
    const change = (patch: typeof approval, key?: string) => set({ approval: { ...approval, ...patch } }, key);
    return (
        <Section title={t('flow.control')}>
            <Switch
                label={t('flow.previewMode')}
                description={t('flow.previewModeHint')}
                checked={agent.is_preview_mode_enabled ?? false}
                onChange={(event) => set({ is_preview_mode_enabled: event.currentTarget.checked })}
                disabled={disabled}
            />
            {agent.is_preview_mode_enabled && (
                <>
                    <Group grow gap="sm" align="flex-start">
                        <NumberField
                            label={t('flow.expiresIn')}
                            value={approval.expires_in_s}
                            on_change={(expires_in_s) => change({ expires_in_s }, 'expires')}
                            min={1}
                            max={year_s}
                            suffix={t('flow.seconds')}
                            placeholder={t('flow.noLimit')}
                            disabled={disabled}
                        />
                        <Select
                            label={t('flow.onExpiry')}
                            data={[
                                { value: 'reject', label: t('flow.expiryReject') },
                                { value: 'approve', label: t('flow.expiryApprove') },
                                { value: 'stop', label: t('flow.expiryStop') },
                            ]}
                            value={approval.on_expiry ?? 'reject'}
                            onChange={(on_expiry) => on_expiry && change({ on_expiry })}
                            disabled={disabled}
                        />
                    </Group>
                    <Assignee
                        value={approval.assignee}
                        on_change={(assignee) => change({ assignee })}
                        disabled={disabled}
                    />
                    <Checkbox
                        size="sm"
                        label={t('flow.fourEyes')}
                        checked={approval.four_eyes ?? false}
                        onChange={(event) => change({ four_eyes: event.currentTarget.checked })}
                        disabled={disabled}
                    />
                </>
            )}
        </Section>
    );
}

type AssigneeProps = {
    value: string | undefined;
    on_change: (user: string | undefined) => void;
    disabled: boolean;
};

/** Who alone answers, beside editors and owners. */
function Assignee({ value, on_change, disabled }: AssigneeProps) {
    const { project } = useFlowBuilder();
    const members = useQuery(assigneesQuery(project));
    const people = members.data?.map(({ user_id, name, email }) => ({ value: user_id, label: name || email })) ?? [];
    const is_gone = members.isSuccess && value !== undefined && !people.some((each) => each.value === value);
    return (
        <Select
            label={t('flow.assignee')}
            placeholder={t('flow.assigneeAnyone')}
            data={is_gone ? [...people, { value, label: t('flow.assigneeGone') }] : people}
            value={value ?? null}
            onChange={(user) => on_change(user ?? undefined)}
            clearable
            clearButtonProps={{ 'aria-label': t('flow.assigneeAnyone') }}
            searchable={people.length > 8}
            disabled={disabled}
        />
    );
}
