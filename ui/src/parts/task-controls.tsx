import { ActionIcon, Button, Group, Tooltip } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay, IconPlayerStopFilled } from '@tabler/icons-react';
import { isFinal, type Task, type Verb } from '@/api/tasks';
import { type Key, t } from '@/i18n';

type TaskControlsProps = {
    task: Pick<Task, '_id' | 'name' | 'status'>;
    pending?: Verb;
    on_verb: (verb: Verb) => void;
    /** row: icons; bar: words too. */
    look: 'row' | 'bar';
};

const icons = { stop: IconPlayerStopFilled, pause: IconPlayerPause, resume: IconPlayerPlay };
const words = { stop: 'runs.stop', pause: 'runs.pause', resume: 'runs.resume' } satisfies Record<Verb, Key>;
const labels = { stop: 'runs.stopOf', pause: 'runs.pauseOf', resume: 'runs.resumeOf' } as const;

/** Stop and Pause or Resume: one click each. Stop stays possible while something else is on its way. */
export function TaskControls({ task, pending, on_verb, look }: TaskControlsProps) {
    if (isFinal(task.status) && pending !== 'stop') return null;
    const verbs: Verb[] = [task.status === 'paused' ? 'resume' : 'pause', 'stop'];
    return (
        <Group gap={look === 'row' ? 2 : 'xs'} wrap="nowrap" justify="flex-end">
            {verbs.map((verb) => {
                const Icon = icons[verb];
                const disabled = pending === 'stop' || (pending !== undefined && verb !== 'stop');
                const props = { disabled, onClick: () => on_verb(verb), 'data-verb': verb };
                return look === 'row' ? (
                    <Tooltip key={verb} label={t(words[verb])}>
                        <ActionIcon size={28} aria-label={t(labels[verb], { name: task.name })} {...props}>
                            <Icon size={16} stroke={1.75} />
                        </ActionIcon>
                    </Tooltip>
                ) : (
                    <Button
                        key={verb}
                        variant={verb === 'stop' ? 'filled' : 'default'}
                        color={verb === 'stop' ? 'red.8' : undefined}
                        leftSection={<Icon size={16} stroke={1.75} />}
                        {...props}
                    >
                        {t(words[verb])}
                    </Button>
                );
            })}
        </Group>
    );
}
