import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconChevronLeft, IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type ConnectorKind, configurationQuery } from '@/api/connectors';
import { t } from '@/i18n';
import choices from '@/parts/choice-list.module.css';
import { LetterMark } from '@/parts/marks';
import { QueryView } from '@/parts/query-view';
import { TextSkeleton } from '@/parts/skeletons';
import { ConnectorForm } from './connector-form';

type AddConnectorProps = {
    project: string;
    kinds: ConnectorKind[];
    /** What is being added; none of them: the catalogue is shown. */
    category?: string;
    on_choose: (category: string) => void;
    on_done: (id: string) => void;
    on_cancel: () => void;
};

/** The catalogue, and then the form of what was chosen. */
export function AddConnector({ project, kinds, category, on_choose, on_done, on_cancel }: AddConnectorProps) {
    const kind = kinds.find((each) => each.category === category);
    if (!kind) return <Catalogue kinds={kinds} on_choose={on_choose} />;
    return (
        <Stack gap="md">
            <Group justify="space-between" wrap="nowrap">
                <Kind kind={kind} />
                {kinds.length > 1 && (
                    <Button
                        variant="subtle"
                        color="gray"
                        size="xs"
                        leftSection={<IconChevronLeft size={14} />}
                        onClick={() => on_choose('any')}
                    >
                        {t('connectors.catalogue')}
                    </Button>
                )}
            </Group>
            <NewForm project={project} kind={kind} on_done={on_done} on_cancel={on_cancel} />
        </Stack>
    );
}

type NewFormProps = Pick<AddConnectorProps, 'project' | 'on_done' | 'on_cancel'> & { kind: ConnectorKind };

function NewForm({ project, kind, on_done, on_cancel }: NewFormProps) {
    const query = useQuery(configurationQuery(kind.category, project));
    return (
        <QueryView query={query} skeleton={<TextSkeleton lines={8} />}>
            {({ form }) => (
                <ConnectorForm
                    project={project}
                    kind={kind}
                    // Of the project's first, where there is one: a new one begins empty.
                    configuration={{ configured: false, config: {}, form }}
                    on_done={on_done}
                    on_cancel={on_cancel}
                />
            )}
        </QueryView>
    );
}

function Catalogue({ kinds, on_choose }: { kinds: ConnectorKind[]; on_choose: (category: string) => void }) {
    const [search, setSearch] = useState('');
    const wanted = search.trim().toLowerCase();
    const found = kinds.filter(({ name, description }) => `${name} ${description}`.toLowerCase().includes(wanted));
    return (
        <Stack gap="md">
            <TextInput
                aria-label={t('connectors.search')}
                placeholder={t('connectors.search')}
                leftSection={<IconSearch size={16} aria-hidden />}
                value={search}
                onChange={(event) => setSearch(event.currentTarget.value)}
                data-autofocus
            />
            <ul className={choices.list}>
                {found.map((kind) => (
                    <li key={kind.category}>
                        <button type="button" className={choices.choice} onClick={() => on_choose(kind.category)}>
                            <Kind kind={kind} />
                        </button>
                    </li>
                ))}
            </ul>
            {found.length === 0 && (
                <Text size="sm" c="dimmed" role="status">
                    {t('connectors.nothing')}
                </Text>
            )}
        </Stack>
    );
}

function Kind({ kind }: { kind: ConnectorKind }) {
    return (
        <Group gap="sm" wrap="nowrap">
            <LetterMark id={kind.category} name={kind.name} look="large" />
            <Stack gap={0}>
                <Text fw={500}>{kind.name}</Text>
                <Text size="sm" c="dimmed">
                    {kind.description}
                </Text>
            </Stack>
        </Group>
    );
}
