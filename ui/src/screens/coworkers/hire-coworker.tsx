import { coworkers, type PackagedCoworker } from 'virtual:coworkers';
import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { HireOrder } from '@/api/hire';
import { projectsQuery } from '@/api/projects';
import { t } from '@/i18n';
import choices from '@/parts/choice-list.module.css';
import { LetterMark } from '@/parts/marks';
import classes from './hire-coworker.module.css';
import { HireProgress } from './hire-progress';

type HireCoworkerProps = {
    orgId: string;
    /** An empty project that it moves into; left out: a new one. */
    into?: string;
};

/** A packaged coworker: choose one, name it, and watch it being made. */
export function HireCoworker({ orgId, into }: HireCoworkerProps) {
    const [chosen, setChosen] = useState<PackagedCoworker | undefined>(
        coworkers.length === 1 ? coworkers[0] : undefined,
    );
    const [order, setOrder] = useState<HireOrder>();
    if (order) return <HireProgress order={order} on_back={() => setOrder(undefined)} />;
    if (!chosen) return <Choice on_choose={setChosen} />;
    return (
        <NameIt
            coworker={chosen}
            on_hire={(name, with_sample) => setOrder({ coworker: chosen, orgId, name, into, with_sample })}
        />
    );
}

function Choice({ on_choose }: { on_choose: (coworker: PackagedCoworker) => void }) {
    return (
        <ul className={choices.list}>
            {coworkers.map((coworker) => (
                <li key={coworker.id}>
                    <button type="button" className={choices.choice} onClick={() => on_choose(coworker)}>
                        <Who coworker={coworker} />
                    </button>
                </li>
            ))}
        </ul>
    );
}

function Who({ coworker }: { coworker: PackagedCoworker }) {
    return (
        <Group gap="sm" wrap="nowrap" align="flex-start">
            <LetterMark id={coworker.id} name={coworker.name} look="large" />
            <Stack gap={2}>
                <Text fw={600}>{coworker.name}</Text>
                <Text size="xs" c="dimmed">
                    {coworker.role} · {coworker.category}
                </Text>
                <Text size="sm" mt={2}>
                    {coworker.description}
                </Text>
            </Stack>
        </Group>
    );
}

type NameItProps = { coworker: PackagedCoworker; on_hire: (name: string, with_sample: boolean) => void };

function NameIt({ coworker, on_hire }: NameItProps) {
    const taken = (useQuery(projectsQuery).data ?? []).map(({ projectName }) => projectName);
    const [typed, setTyped] = useState<string>();
    const name = typed ?? freeName(coworker.name, taken);
    const problem = nameProblem(name, taken);
    return (
        <form
            noValidate
            onSubmit={(event) => {
                event.preventDefault();
                if (!problem) on_hire(name.trim(), true);
            }}
        >
            <Stack gap="md">
                <Who coworker={coworker} />
                <div>
                    <Text size="sm" fw={500} mb={4}>
                        {t('coworkers.permissions')}
                    </Text>
                    <ul className={classes.permissions}>
                        {coworker.permissions.map((permission) => (
                            <li key={permission}>{permission}</li>
                        ))}
                    </ul>
                </div>
                <TextInput
                    label={t('coworkers.name')}
                    value={name}
                    onChange={(event) => setTyped(event.currentTarget.value)}
                    error={problem}
                />
                <Text size="sm" c="dimmed">
                    {t('coworkers.rehearsal')}
                </Text>
                <Group justify="flex-end" gap="xs">
                    <Button variant="default" disabled={Boolean(problem)} onClick={() => on_hire(name.trim(), false)}>
                        {t('coworkers.hireOnly')}
                    </Button>
                    <Button type="submit" disabled={Boolean(problem)}>
                        {t('coworkers.hireAndTry')}
                    </Button>
                </Group>
            </Stack>
        </form>
    );
}

function nameProblem(name: string, taken: string[]): string | undefined {
    if (!name.trim()) return t('parts.enterName');
    return taken.includes(name.trim()) ? t('coworkers.nameTaken') : undefined;
}

function freeName(name: string, taken: string[]): string {
    for (let number = 1; ; ++number) {
        const proposed = number === 1 ? name : `${name} ${number}`;
        if (!taken.includes(proposed)) return proposed;
    }
}
