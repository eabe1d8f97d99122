import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { useTryModel } from '@/api/settings';
import { t } from '@/i18n';
import { formatDuration, formatMoney } from '@/i18n/format';
import { FormError } from '@/parts/form';
import classes from './settings.module.css';

type TryModelProps = {
    project: string;
    initial: string;
    example?: string;
    /** The model is named elsewhere. */
    fixed?: boolean;
};

/** Asks a model one small question, so that a wrong key shows here and not in a run at night. */
export function TryModel({ project, initial, example, fixed }: TryModelProps) {
    const [model, setModel] = useState(initial);
    const attempt = useTryModel(project);
    const asked = fixed ? initial : model;
    const submit = (event: FormEvent) => {
        event.preventDefault();
        event.stopPropagation();
        attempt.mutate(asked.trim());
    };
    const button = (
        <Button variant={fixed ? 'default' : 'filled'} loading={attempt.isPending} onClick={submit} type="button">
            {t('settings.tryNow')}
        </Button>
    );
    return (
        <Stack gap="md">
            {!fixed && (
                <TextInput
                    label={t('settings.model')}
                    description={example && t('settings.modelExample', { model: `${initial}${example}` })}
                    value={model}
                    onChange={(event) => setModel(event.currentTarget.value)}
                    onKeyDown={(event) => event.key === 'Enter' && submit(event)}
                    data-autofocus
                />
            )}
            <FormError error={attempt.error} />
            {attempt.data && (
                <div className={classes.answer} role="status">
                    <Group gap={6} mb={4} className={classes.good}>
                        <IconCircleCheck size={16} aria-hidden />
                        <Text size="sm" fw={500}>
                            {t('settings.tryWorks')}
                        </Text>
                        <Text size="sm" c="dimmed">
                            {formatDuration(attempt.data.duration_ms)} · {formatMoney(attempt.data.usage.cost_usd ?? 0)}
                        </Text>
                    </Group>
                    <Text size="sm" lineClamp={4}>
                        {attempt.data.response}
                    </Text>
                </div>
            )}
            <Group justify={fixed ? 'flex-start' : 'flex-end'}>{button}</Group>
        </Stack>
    );
}
