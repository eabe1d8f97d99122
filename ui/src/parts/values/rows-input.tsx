import { ActionIcon, Button, Group, Input, Stack, Text } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { t } from '@/i18n';
import { isObject, itemsOf } from './kinds';
import { ValueInput, type ValueInputProps } from './value-input';
import classes from './values.module.css';

/** Objects of one shape: a small group of inputs for each, which fits a phone as well as a desk. */
export function RowsInput(props: ValueInputProps & { path: string; value: unknown[] }) {
    const { field, value, on_change, path, errors, disabled } = props;
    const items = itemsOf(field, value);
    const label = field.label || field.field_id;
    return (
        <Input.Wrapper
            label={label}
            labelElement="div"
            description={field.description || undefined}
            withAsterisk={field.required}
            error={errors?.[path]}
        >
            <Stack gap="xs" mt={4} role="group" aria-label={label}>
                {value.map((row, index) => (
                    <div key={index} className={classes.row}>
                        <Group justify="space-between" mb={4}>
                            <Text size="xs" c="dimmed" fw={500}>
                                {t('values.row', { row: index + 1 })}
                            </Text>
                            <ActionIcon
                                size={24}
                                disabled={disabled}
                                aria-label={t('values.removeRow', { row: index + 1 })}
                                onClick={() => on_change(value.toSpliced(index, 1))}
                            >
                                <IconTrash size={15} stroke={1.75} />
                            </ActionIcon>
                        </Group>
                        <div className={classes.cells}>
                            {items.map((item) => (
                                <ValueInput
                                    key={item.field_id}
                                    {...props}
                                    hides_label={false}
                                    autofocus={false}
                                    field={item}
                                    path={`${path}.${index}.${item.field_id}`}
                                    value={isObject(row) ? row[item.field_id] : undefined}
                                    on_change={(next) =>
                                        on_change(
                                            value.with(index, {
                                                ...(isObject(row) ? row : {}),
                                                [item.field_id]: next,
                                            }),
                                        )
                                    }
                                />
                            ))}
                        </div>
                    </div>
                ))}
                <div>
                    <Button
                        variant="subtle"
                        size="compact-sm"
                        disabled={disabled}
                        leftSection={<IconPlus size={14} />}
                        onClick={() => on_change([...value, {}])}
                    >
                        {t('values.addRow')}
                    </Button>
                </div>
            </Stack>
        </Input.Wrapper>
    );
}
