import {
    FileInput,
    NumberInput,
    Select,
    Stack,
    Switch,
    Table,
    TagsInput,
    Text,
    Textarea,
    TextInput,
} from '@mantine/core';
import { t } from '@/i18n';
import type { FormField } from './field';

/** The form as whoever fills it in will see it; it can be tried, and keeps nothing. */
export function FormPreview({ fields }: { fields: readonly FormField[] }) {
    return (
        <Stack gap="md">
            <Text size="xs" fw={500} c="dimmed">
                {t('forms.preview')}
            </Text>
            {fields.length === 0 && (
                <Text size="sm" c="dimmed">
                    {t('forms.noFields')}
                </Text>
            )}
            {fields.map((field, index) => (
                // By index: a field's name changes while it is typed
                <PreviewField key={`${index} ${field.kind}`} field={field} />
            ))}
        </Stack>
    );
}

function PreviewField({ field }: { field: FormField }) {
    const common = {
        label: field.label || field.name,
        description: field.description,
        withAsterisk: field.required,
    };
    switch (field.kind) {
        case 'long_text':
            return <Textarea {...common} />;
        case 'number':
            return <NumberInput size="sm" {...common} hideControls />;
        case 'boolean':
            return <Switch label={common.label} description={common.description} />;
        case 'option':
            return <Select {...common} placeholder={t('forms.choose')} data={[...new Set(field.options ?? [])]} />;
        case 'list':
            return <TagsInput {...common} placeholder={t('forms.enterHint')} />;
        case 'date_time':
            return <TextInput {...common} type="datetime-local" />;
        case 'file':
            return <FileInput size="sm" {...common} placeholder={t('forms.chooseFile')} />;
        case 'table':
            return <TablePreview field={field} label={common.label} />;
        default:
            return <TextInput {...common} />;
    }
}

function TablePreview({ field, label }: { field: FormField; label: string }) {
    const columns = field.columns ?? [];
    return (
        <div>
            <Text size="sm" fw={500} mb={4}>
                {label}
            </Text>
            {field.description && (
                <Text size="xs" c="dimmed" mb={4}>
                    {field.description}
                </Text>
            )}
            {columns.length === 0 ? (
                <Text size="sm" c="dimmed">
                    {t('forms.anyColumns')}
                </Text>
            ) : (
                <Table withTableBorder withColumnBorders aria-label={label}>
                    <Table.Thead>
                        <Table.Tr>
                            {columns.map((column) => (
                                <Table.Th key={column}>{column}</Table.Th>
                            ))}
                        </Table.Tr>
                    </Table.Thead>
                    <Table.Tbody>
                        <Table.Tr>
                            {columns.map((column) => (
                                <Table.Td key={column}>
                                    <TextInput variant="unstyled" size="xs" aria-label={column} />
                                </Table.Td>
                            ))}
                        </Table.Tr>
                    </Table.Tbody>
                </Table>
            )}
        </div>
    );
}
