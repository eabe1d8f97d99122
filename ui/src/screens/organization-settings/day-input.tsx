import { TextInput } from '@mantine/core';

type DayInputProps = { label: string; value?: string; on_change: (day: string | undefined) => void };

/** A day as the browser lets people choose one; to the server it is a date, at midnight UTC. */
export function DayInput({ label, value, on_change }: DayInputProps) {
    return (
        <TextInput
            type="date"
            label={label}
            value={value ?? ''}
            onChange={(event) => on_change(event.currentTarget.value || undefined)}
        />
    );
}
