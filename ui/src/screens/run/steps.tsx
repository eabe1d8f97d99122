import { Text } from '@mantine/core';
import { useState } from 'react';
import type { Execution } from '@/api/executions';
import { isFinal } from '@/api/tasks';
import { t } from '@/i18n';
import { Chunk } from './chunk';
import type { Feed } from './feed';
import { StepRow } from './step-row';
import { spansOf, stateOf } from './step-view';
import classes from './steps.module.css';

const chunk_size = 25;
const row_height = 45;

type StepsProps = {
    execution: Execution;
    feed: Feed;
    /** From 1: the step of the address. */
    wanted: number | undefined;
    on_open: (index: number | undefined) => void;
};

/** An execution's steps as a time line. However many there are, only those in sight are drawn. */
export function Steps({ execution, feed, wanted, on_open }: StepsProps) {
    const outputs = execution.agents_output;
    const count = Math.max(outputs.length, feed.steps.length);
    const is_live = !isFinal(execution.status);
    const spans = spansOf(execution, feed.steps);
    const [chosen, setChosen] = useState<ReadonlyMap<number, boolean>>(new Map());
    if (count === 0) {
        return (
            <Text size="sm" c="dimmed" className={classes.none}>
                {is_live ? t('run.noStepsYet') : t('run.noSteps')}
            </Text>
        );
    }
    const isOpen = (index: number) => {
        // The last one is where it is, or where it ended early.
        const is_telling = index === count - 1 && (execution.status !== 'completed' || count === 1);
        return chosen.get(index) ?? (is_telling || wanted === index + 1);
    };
    const toggle = (index: number) => {
        const next = !isOpen(index);
        setChosen(new Map(chosen).set(index, next));
        on_open(next ? index : undefined);
    };
    const chunks = Array.from({ length: Math.ceil(count / chunk_size) }, (_, at) => at * chunk_size);
    return chunks.map((first) => {
        const size = Math.min(chunk_size, count - first);
        const is_wanted = wanted !== undefined && wanted > first && wanted <= first + size;
        return (
            <Chunk key={first} first={first + 1} height={size * row_height} is_drawn={is_wanted || first === 0}>
                {() =>
                    Array.from({ length: size }, (_, at) => first + at).map((index) => (
                        <StepRow
                            key={index}
                            index={index}
                            output={outputs[index]}
                            fed={feed.steps[index]}
                            feed={feed}
                            state={stateOf(outputs[index], feed.steps[index], execution.status)}
                            span={spans[index]}
                            is_wanted={wanted === index + 1}
                            opened={isOpen(index)}
                            on_toggle={toggle}
                        />
                    ))
                }
            </Chunk>
        );
    });
}
