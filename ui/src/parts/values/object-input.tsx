import { Fieldset, Stack, Text } from '@mantine/core';
import { itemsOf } from './kinds';
import { ValueInput, type ValueInputProps } from './value-input';
import classes from './values.module.css';

/** An object whose members are known: a group of inputs. */
export function ObjectInput(props: ValueInputProps & { path: string; value: Record<string, unknown> }) {
    const { field, value, on_change, path } = props;
    const items = itemsOf(field, value);
    return (
        <Fieldset legend={field.label || field.field_id} className={classes.group} disabled={props.disabled}>
            <Stack gap="sm">
                {field.description && (
                    <Text size="xs" c="dimmed">
                        {field.description}
                    </Text>
                )}
                {items.map((item) => (
                    <ValueInput
                        key={item.field_id}
                        {...props}
                        hides_label={false}
                        autofocus={false}
                        field={item}
                        path={`${path}.${item.field_id}`}
                        value={value[item.field_id]}
                        on_change={(next) => on_change({ ...value, [item.field_id]: next })}
                    />
                ))}
            </Stack>
        </Fieldset>
    );
}
