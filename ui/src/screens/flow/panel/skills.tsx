import { ActionIcon, Button, Checkbox, Popover, ScrollArea, Stack, Text, TextInput, Tooltip } from '@mantine/core';
import { IconPlus, IconSearch, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import type { Skill } from '@/api/skills';
import { t } from '@/i18n';
import { useFlowBuilder } from '../context';
import type { AgentFieldsProps } from './agent-panel';
import { FieldProblems, Section } from './fields';
import classes from './panel.module.css';

const wordsIn = (text: string) => text.toLowerCase().split(/\s+/).filter(Boolean);

function fits({ name, description = '', connector_name = '' }: Skill, wanted: readonly string[]): boolean {
    const text = `${name} ${description} ${connector_name}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
}

/** "Tables - List records" under "Tables" is "List records". */
const shortName = ({ name, connector_name }: Skill) =>
    connector_name && name.startsWith(`${connector_name} - `) ? name.slice(connector_name.length + 3) : name;

function Picker({ agent, set }: AgentFieldsProps) {
    const { skills } = useFlowBuilder();
    const [search, setSearch] = useState('');
    const wanted = wordsIn(search);
    const groups = Map.groupBy(
        skills.filter((skill) => fits(skill, wanted)),
        ({ connector_name }) => connector_name ?? '',
    );
    const toggle = (id: string) =>
        set({ skills: agent.skills.includes(id) ? agent.skills.filter((each) => each !== id) : [...agent.skills, id] });
    return (
        <Stack gap="xs">
            <TextInput
                aria-label={t('flow.skillsSearch')}
                placeholder={t('flow.skillsSearch')}
                leftSection={<IconSearch size={15} stroke={1.75} />}
                value={search}
                onChange={(event) => setSearch(event.currentTarget.value)}
                data-autofocus
            />
            <ScrollArea.Autosize mah={320} type="auto" viewportProps={{ tabIndex: 0, 'aria-label': t('flow.skills') }}>
                {groups.size === 0 && (
                    <Text size="sm" c="dimmed" py="xs">
                        {skills.length ? t('flow.skillsNone') : t('flow.skillsEmpty')}
                    </Text>
                )}
                <Stack gap="sm">
                    {[...groups].map(([connector, members]) => (
                        <Stack key={connector} gap={6} role="group" aria-label={connector}>
                            <Text size="xs" c="dimmed" fw={500}>
                                {connector}
                            </Text>
                            {members.map((skill) => (
                                <Checkbox
                                    key={skill._id}
                                    size="xs"
                                    label={shortName(skill)}
                                    checked={agent.skills.includes(skill._id)}
                                    onChange={() => toggle(skill._id)}
                                />
                            ))}
                        </Stack>
                    ))}
                </Stack>
            </ScrollArea.Autosize>
        </Stack>
    );
}

export function Skills(props: AgentFieldsProps) {
    const { agent, set, disabled } = props;
    const { skills, builder } = useFlowBuilder();
    const by_id = new Map(skills.map((skill) => [skill._id, skill]));
    const remove = (id: string) => set({ skills: agent.skills.filter((each) => each !== id) });
    return (
        <Section title={t('flow.skills')} hint={t('flow.skillsHint')}>
            {agent.skills.length > 0 && (
                <Stack gap={6}>
                    {agent.skills.map((id, index) => {
                        const name = by_id.get(id)?.name ?? (skills.length ? t('flow.skillMissing') : '…');
                        return (
                            <div key={id}>
                                <div className={classes.skill}>
                                    <span className={classes.skill_name} title={by_id.get(id)?.description}>
                                        {name}
                                    </span>
                                    {!disabled && (
                                        <Tooltip label={t('flow.removeSkill', { name })}>
                                            <ActionIcon
                                                size={28}
                                                aria-label={t('flow.removeSkill', { name })}
                                                onClick={() => remove(id)}
                                            >
                                                <IconX size={15} stroke={1.75} />
                                            </ActionIcon>
                                        </Tooltip>
                                    )}
                                </div>
                                <FieldProblems
                                    problems={builder.problems.filter(
                                        (each) => each.agent === agent._id && each.field === `skills.${index}`,
                                    )}
                                />
                            </div>
                        );
                    })}
                </Stack>
            )}
            {!disabled && (
                <div>
                    <Popover width={340} position="bottom-start" shadow="md" trapFocus returnFocus>
                        <Popover.Target>
                            <Button variant="default" size="xs" leftSection={<IconPlus size={14} />}>
                                {t('flow.addSkill')}
                            </Button>
                        </Popover.Target>
                        <Popover.Dropdown aria-label={t('flow.addSkill')}>
                            <Picker {...props} />
                        </Popover.Dropdown>
                    </Popover>
                </div>
            )}
        </Section>
    );
}
