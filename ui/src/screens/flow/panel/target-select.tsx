import { Select } from '@mantine/core';
import { t } from '@/i18n';
import { useFlowBuilder } from '../context';
import { type AgentDoc, end_id } from '../model/document';

type TargetSelectProps = { label: string; agent: AgentDoc; value: string; on_change: (target: string) => void };

/** Where to go on: another agent, or the end. */
export function TargetSelect({ label, agent, value, on_change }: TargetSelectProps) {
    const { builder, may_edit } = useFlowBuilder();
    const others = builder.doc.agents.filter(({ _id }) => _id !== agent._id);
    const data = [
        ...others.map(({ _id, title }) => ({ value: _id, label: title || t('flow.untitled') })),
        { value: end_id, label: t('flow.end') },
    ];
    return (
        <Select
            aria-label={label}
            data={data}
            value={data.some((each) => each.value === value) ? value : null}
            onChange={(target) => target && on_change(target)}
            disabled={!may_edit}
            searchable={data.length > 8}
            comboboxProps={{ withinPortal: true }}
        />
    );
}
