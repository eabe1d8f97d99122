import { Select, type SelectProps, Stack, Text } from '@mantine/core';
import { type Role, roles } from '@/api/my-role';
import { type Key, t } from '@/i18n';

type RoleKey = Extract<Key, `parts.role${string}`>;
const names: Record<Role, [RoleKey, RoleKey]> = {
    viewer: ['parts.roleViewer', 'parts.roleViewerHint'],
    operator: ['parts.roleOperator', 'parts.roleOperatorHint'],
    editor: ['parts.roleEditor', 'parts.roleEditorHint'],
    owner: ['parts.roleOwner', 'parts.roleOwnerHint'],
};

export const roleName = (role: Role) => t(names[role][0]);
const roleHint = (role: Role) => t(names[role][1]);

type RoleSelectProps = Omit<SelectProps, 'data' | 'value' | 'onChange'> & {
    value: Role;
    on_change: (role: Role) => void;
};

/** What somebody, or a key, may do in a coworker. */
export function RoleSelect({ value, on_change, ...rest }: RoleSelectProps) {
    return (
        <Select
            {...rest}
            value={value}
            data={roles.map((role) => ({ value: role, label: roleName(role) }))}
            onChange={(role) => role && on_change(role as Role)}
            comboboxProps={{ width: 280, position: 'bottom-start' }}
            renderOption={({ option }) => (
                <Stack gap={0}>
                    <Text size="sm">{option.label}</Text>
                    <Text size="xs" c="dimmed">
                        {roleHint(option.value as Role)}
                    </Text>
                </Stack>
            )}
        />
    );
}
