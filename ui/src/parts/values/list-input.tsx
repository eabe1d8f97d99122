import { ActionIcon, Button, Group, Input, Stack, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { t } from '@/i18n';

type ListInputProps = {
    label: string;
    description?: ReactNode;
    error?: ReactNode;
    withAsterisk?: boolean;
    disabled?: boolean;
    value: unknown[];
    on_change: (value: unknown[]) => void;
};

/** Texts, one to a line. */
export function ListInput({ value, on_change, label, disabled, ...wrapper }: ListInputProps) {
    return (
        <Input.Wrapper {...wrapper} label={label} labelElement="div">
            <Stack gap={6} mt={4} role="group" aria-label={label}>
                {value.map((each, index) => (
                    <Group key={index} gap={4} wrap="nowrap">
                        <TextInput
                            flex={1}
                            aria-label={t('values.lineOf', { name: label, line: index + 1 })}
                            disabled={disabled}
                            value={String(each ?? '')}
                            onChange={({ currentTarget }) => on_change(value.with(index, currentTarget.value))}
                        />
                        <ActionIcon
                            disabled={disabled}
                            aria-label={t('values.removeLine', { line: index + 1 })}
                            onClick={() => on_change(value.toSpliced(index, 1))}
                        >
                            <IconX size={16} stroke={1.75} />
                        </ActionIcon>
                    </Group>
                ))}
                <div>
                    <Button
                        variant="subtle"
                        size="compact-sm"
                        disabled={disabled}
                        leftSection={<IconPlus size={14} />}
                        onClick={() => on_change([...value, ''])}
                    >
                        {t('values.addLine')}
                    </Button>
                </div>
            </Stack>
        </Input.Wrapper>
    );
}
