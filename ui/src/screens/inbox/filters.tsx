import { ActionIcon, Group, Indicator, Popover, SegmentedControl, Select, Stack, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconAdjustmentsHorizontal, IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { assigneesQuery, type InboxType } from '@/api/inbox';
import { t } from '@/i18n';
import classes from './inbox.module.css';
import { type_looks } from './look';
import { type InboxSearch, inbox_types } from './search';

type FiltersProps = { project: string; search: InboxSearch; on_change: (change: Partial<InboxSearch>) => void };

const typing_ms = 300;

export function Filters({ project, search, on_change }: FiltersProps) {
    const count = [search.type, search.assignee, search.group].filter(Boolean).length;
    return (
        <Stack gap="xs" className={classes.filters}>
            <SegmentedControl
                fullWidth
                size="sm"
                aria-label={t('inbox.show')}
                value={search.tab ?? 'open'}
                onChange={(tab) => on_change({ tab: tab === 'open' ? undefined : (tab as InboxSearch['tab']) })}
                data={[
                    { value: 'open', label: t('inbox.tabOpen') },
                    { value: 'mine', label: t('inbox.tabMine') },
                    { value: 'done', label: t('inbox.tabDone') },
                ]}
            />
            <Group gap="xs" wrap="nowrap">
                <SearchField value={search.q ?? ''} on_change={(q) => on_change({ q: q || undefined })} />
                <Indicator disabled={count === 0} label={count} size={16}>
                    <Popover position="bottom-end" shadow="md" width={260} trapFocus>
                        <Popover.Target>
                            <ActionIcon variant="default" size={36} aria-label={t('inbox.filters')}>
                                <IconAdjustmentsHorizontal size={17} stroke={1.75} />
                            </ActionIcon>
                        </Popover.Target>
                        <Popover.Dropdown aria-label={t('inbox.filters')}>
                            <Choices {...{ project, search, on_change }} />
                        </Popover.Dropdown>
                    </Popover>
                </Indicator>
            </Group>
        </Stack>
    );
}

function SearchField({ value, on_change }: { value: string; on_change: (value: string) => void }) {
    const [text, setText] = useState(value);
    const tell = useDebouncedCallback(on_change, typing_ms);
    // Back, or "clear filters".
    useEffect(() => setText(value), [value]);
    return (
        <TextInput
            flex={1}
            type="search"
            aria-label={t('inbox.search')}
            placeholder={t('inbox.search')}
            leftSection={<IconSearch size={15} stroke={1.75} />}
            value={text}
            onChange={({ currentTarget }) => {
                setText(currentTarget.value);
                tell(currentTarget.value);
            }}
        />
    );
}

const any = 'any';

function Choices({ project, search, on_change }: FiltersProps) {
    const members = useQuery(assigneesQuery(project)).data ?? [];
    const within = { comboboxProps: { withinPortal: false } };
    return (
        <Stack gap="sm">
            <Select
                {...within}
                label={t('inbox.type')}
                value={search.type ?? any}
                onChange={(type) => on_change({ type: type === any ? undefined : (type as InboxType) })}
                data={[
                    { value: any, label: t('inbox.anyType') },
                    ...inbox_types.map((type) => ({ value: type as string, label: t(type_looks[type].text) })),
                ]}
            />
            {search.tab !== 'mine' && (
                <Select
                    {...within}
                    label={t('inbox.assignee')}
                    value={search.assignee ?? any}
                    onChange={(id) => on_change({ assignee: !id || id === any ? undefined : id })}
                    data={[
                        { value: any, label: t('inbox.anyone') },
                        { value: 'none', label: t('inbox.nobody') },
                        { value: 'me', label: t('inbox.me') },
                        ...members.map(({ user_id, name }) => ({ value: user_id, label: name })),
                    ]}
                />
            )}
            <Select
                {...within}
                label={t('inbox.group')}
                value={search.group ?? 'day'}
                onChange={(group) => on_change({ group: group === 'flow' ? 'flow' : undefined })}
                data={[
                    { value: 'day', label: t('inbox.byDay') },
                    { value: 'flow', label: t('inbox.byFlow') },
                ]}
            />
        </Stack>
    );
}
