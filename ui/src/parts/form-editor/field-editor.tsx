import { ActionIcon, Checkbox, Group, Select, SimpleGrid, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconTrash } from '@tabler/icons-react';
import { t } from '@/i18n';
import { type FormField, kindName } from './field';

type FieldEditorProps<K extends string> = {
    field: FormField<K>;
    kinds: readonly K[];
    on_change: (field: FormField<K>) => void;
    on_remove: () => void;
    on_up?: () => void;
    on_down?: () => void;
    at: (member: string) => string | undefined;
    may_edit: boolean;
};

/** One field of a form: how it is called, what it takes. */
export function FieldEditor<K extends string>(props: FieldEditorProps<K>) {
    const { field, kinds, on_change, on_remove, on_up, on_down, at, may_edit } = props;
    const change = (part: Partial<FormField<K>>) => on_change({ ...field, ...part });
    const setKind = (kind: K) => {
        // Only of its kind: the server refuses what does not belong.
        const { options, columns, ...rest } = field;
        on_change({
            ...rest,
            kind,
            ...(kind === 'option' ? { options: options ?? [] } : {}),
            ...(kind === 'table' && columns ? { columns } : {}),
        });
    };
    const title = field.label || field.name;
    return (
        <Stack gap="sm">
            <Group justify="space-between" wrap="nowrap" gap="xs">
                <Text size="sm" fw={500} truncate>
                    {title || t('forms.field')}
                </Text>
                {may_edit && (
                    <Group gap={2} wrap="nowrap">
                        <ActionIcon
                            variant="transparent"
                            size={28}
                            disabled={!on_up}
                            bg="transparent"
                            onClick={on_up}
                            aria-label={t('forms.up', { name: title })}
                        >
                            <IconArrowUp size={16} stroke={1.75} />
                        </ActionIcon>
                        <ActionIcon
                            variant="transparent"
                            size={28}
                            disabled={!on_down}
                            bg="transparent"
                            onClick={on_down}
                            aria-label={t('forms.down', { name: title })}
                        >
                            <IconArrowDown size={16} stroke={1.75} />
                        </ActionIcon>
                        <ActionIcon size={28} onClick={on_remove} aria-label={t('forms.removeField', { name: title })}>
                            <IconTrash size={16} stroke={1.75} />
                        </ActionIcon>
                    </Group>
                )}
            </Group>
            <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
                <TextInput
                    label={t('forms.label')}
                    value={field.label ?? ''}
                    placeholder={field.name}
                    onChange={(event) => change({ label: event.currentTarget.value || undefined })}
                    error={at('label')}
                />
                <Select
                    label={t('forms.kind')}
                    data={[...new Set([...kinds, field.kind])].map((value) => ({ value, label: kindName(value) }))}
                    value={field.kind}
                    onChange={(kind) => kind && setKind(kind)}
                    error={at('kind')}
                />
                <TextInput
                    label={t('forms.name')}
                    value={field.name}
                    onChange={(event) => change({ name: event.currentTarget.value })}
                    error={at('name')}
                />
                <TextInput
                    label={t('forms.hint')}
                    value={field.description ?? ''}
                    onChange={(event) => change({ description: event.currentTarget.value || undefined })}
                    error={at('description')}
                />
            </SimpleGrid>
            {field.kind === 'option' && (
                <TagsInput
                    label={t('forms.options')}
                    description={t('forms.enterHint')}
                    acceptValueOnBlur
                    value={field.options ?? []}
                    onChange={(options) => change({ options })}
                    error={at('options')}
                />
            )}
            {field.kind === 'table' && (
                <TagsInput
                    label={t('forms.columns')}
                    description={t('forms.enterHint')}
                    acceptValueOnBlur
                    value={field.columns ?? []}
                    onChange={(columns) => change({ columns: columns.length > 0 ? columns : undefined })}
                    error={at('columns')}
                />
            )}
            <Checkbox
                label={t('forms.required')}
                checked={field.required ?? false}
                onChange={(event) => change({ required: event.currentTarget.checked })}
            />
        </Stack>
    );
}
