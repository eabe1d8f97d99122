import { ActionIcon, Button, Pill, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconFilter, IconSearch } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import type { Column } from '@/api/records';
import { t } from '@/i18n';
import { conditionText } from './conditions';
import classes from './grid.module.css';
import type { TableSearch } from './search';

type ToolbarProps = {
    columns: Column[];
    search: TableSearch;
    on_change: (change: Partial<TableSearch>) => void;
    on_add_filter: () => void;
};

const typing_ms = 300;

/** Search and conditions; each can be taken away by itself. */
export function Toolbar({ columns, search, on_change, on_add_filter }: ToolbarProps) {
    const [text, setText] = useState(search.q ?? '');
    const tell = useDebouncedCallback((q: string) => on_change({ q: q || undefined }), typing_ms);
    useEffect(() => setText(search.q ?? ''), [search.q]);
    return (
        <div className={classes.toolbar}>
            <TextInput
                className={classes.search}
                type="search"
                aria-label={t('tables.search')}
                placeholder={t('tables.search')}
                leftSection={<IconSearch size={15} stroke={1.75} />}
                value={text}
                onChange={({ currentTarget }) => {
                    setText(currentTarget.value);
                    tell(currentTarget.value);
                }}
            />
            <Button
                variant="default"
                visibleFrom="sm"
                disabled={columns.length === 0}
                leftSection={<IconFilter size={16} stroke={1.75} />}
                onClick={on_add_filter}
            >
                {t('tables.filter')}
            </Button>
            <ActionIcon
                variant="default"
                size={36}
                hiddenFrom="sm"
                disabled={columns.length === 0}
                aria-label={t('tables.filter')}
                onClick={on_add_filter}
            >
                <IconFilter size={16} stroke={1.75} />
            </ActionIcon>
            {search.filters?.map((condition, index) => (
                <Pill
                    key={JSON.stringify(condition)}
                    size="md"
                    withRemoveButton
                    removeButtonProps={{
                        'aria-label': t('tables.removeFilter', { filter: conditionText(condition, columns) }),
                        tabIndex: 0,
                        'aria-hidden': false,
                    }}
                    onRemove={() => {
                        const rest = search.filters?.toSpliced(index, 1) ?? [];
                        on_change({ filters: rest.length > 0 ? rest : undefined });
                    }}
                >
                    {conditionText(condition, columns)}
                </Pill>
            ))}
        </div>
    );
}
