import { Button, Group, Loader, Stack, Text } from '@mantine/core';
import { IconAlertCircle, IconCircleCheck, IconCircleDashed } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useCallback, useEffect, useRef, useState } from 'react';
import { doStep, type Hired, type HireOrder, type HireStep, stepsOf } from '@/api/hire';
import { t } from '@/i18n';
import { FormError } from '@/parts/form';
import classes from './hire-coworker.module.css';

type State = 'done' | 'now' | 'failed' | 'later';

/** Does an order step by step, and goes on from the step that failed. */
function useHiring(order: HireOrder, on_done: (hired: Hired) => void) {
    const steps = stepsOf(order);
    const hired = useRef<Hired>({});
    const [at, setAt] = useState(0);
    const [error, setError] = useState<unknown>();
    const work = useCallback(
        async (from: number) => {
            setError(undefined);
            for (let index = from; index < steps.length; ++index) {
                setAt(index);
                try {
                    hired.current = await doStep(steps[index] as HireStep, order, hired.current);
                } catch (failure) {
                    return setError(failure);
                }
            }
            setAt(steps.length);
            on_done(hired.current);
        },
        [order, steps, on_done],
    );
    const begun = useRef(false);
    useEffect(() => {
        if (begun.current) return;
        begun.current = true;
        void work(0);
    }, [work]);
    const stateOf = (index: number): State => {
        if (index < at) return 'done';
        if (index > at) return 'later';
        return error ? 'failed' : 'now';
    };
    return { steps, stateOf, error, may_go_back: at === 0, again: () => void work(at) };
}

type HireProgressProps = { order: HireOrder; on_back: () => void };

/** Each step as it happens; at the end it leads to the run, or to the coworker. */
export function HireProgress({ order, on_back }: HireProgressProps) {
    const router = useRouter();
    const client = useQueryClient();
    const goThere = ({ project = '', task }: Hired) => {
        void client.invalidateQueries();
        if (task) void router.navigate({ to: '/p/$project/runs/$task', params: { project, task } });
        else void router.navigate({ to: '/p/$project/overview', params: { project } });
    };
    const { steps, stateOf, error, may_go_back, again } = useHiring(order, goThere);
    return (
        <Stack gap="md">
            <Stack gap="xs" role="status" aria-label={t('coworkers.hire')}>
                {steps.map((step, index) => (
                    <Step key={step} text={stepText(step, order.name)} state={stateOf(index)} />
                ))}
            </Stack>
            <FormError error={error} />
            {error !== undefined && (
                <Group justify="flex-end" gap="xs">
                    {may_go_back && (
                        <Button variant="default" onClick={on_back}>
                            {t('coworkers.back')}
                        </Button>
                    )}
                    <Button onClick={again}>{t('parts.retry')}</Button>
                </Group>
            )}
        </Stack>
    );
}

const stepText = (step: HireStep, name: string) =>
    ({
        project: t('coworkers.stepProject', { name }),
        install: t('coworkers.stepInstall'),
        upload: t('coworkers.stepUpload'),
        start: t('coworkers.stepStart'),
    })[step];

function Step({ text, state }: { text: string; state: State }) {
    return (
        <Group gap="sm" wrap="nowrap" className={classes.step} data-state={state}>
            {state === 'now' && <Loader size={18} aria-hidden />}
            {state === 'done' && <IconCircleCheck size={18} aria-hidden />}
            {state === 'failed' && <IconAlertCircle size={18} aria-hidden />}
            {state === 'later' && <IconCircleDashed size={18} aria-hidden />}
            <Text size="sm">{text}</Text>
        </Group>
    );
}
