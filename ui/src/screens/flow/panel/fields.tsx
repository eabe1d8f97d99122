import { InputWrapper, NumberInput, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { type ReactNode, useId } from 'react';
import type { Problem } from '../model/validate';
import { problemText } from '../problem-text';
import classes from './panel.module.css';

export function Section({ title, hint, children }: { title: string; hint?: string; children: ReactNode }) {
    const id = useId();
    return (
        <section className={classes.section} aria-labelledby={id}>
            <Title order={3} id={id}>
                {title}
            </Title>
            {hint && (
                <Text size="xs" c="dimmed" mt={2}>
                    {hint}
                </Text>
            )}
            <Stack gap="sm" mt="sm">
                {children}
            </Stack>
        </section>
    );
}

/** What is wrong with a field, below it. */
export function FieldProblems({ problems }: { problems: readonly Problem[] }) {
    if (problems.length === 0) return null;
    return (
        <Stack gap={2} mt={4}>
            {problems.map((problem) => {
                const text = problemText(problem);
                return (
                    <div
                        key={`${problem.field} ${text}`}
                        className={classes.problem}
                        data-severity={problem.severity}
                        role="alert"
                    >
                        <IconAlertTriangle size={14} stroke={1.75} aria-hidden />
                        {text}
                    </div>
                );
            })}
        </Stack>
    );
}

type LabelledProps = { label: string; hint?: string; children: ReactNode };

/** A label above what is no plain input. */
export function Labelled({ label, hint, children }: LabelledProps) {
    return (
        <InputWrapper label={label} description={hint} labelElement="div">
            <div className={classes.labelled}>{children}</div>
        </InputWrapper>
    );
}

type NumberFieldProps = {
    label: string;
    value: number | null | undefined;
    on_change: (value: number | null) => void;
    min: number;
    max: number;
    step?: number;
    decimals?: number;
    suffix?: string;
    placeholder?: string;
    disabled?: boolean;
};

/** Empty: nothing is said, and `placeholder` tells what holds then. */
export function NumberField({ value, on_change, decimals = 0, suffix, ...rest }: NumberFieldProps) {
    return (
        <NumberInput
            {...rest}
            size="sm"
            value={value ?? ''}
            onChange={(next) => on_change(typeof next === 'number' ? next : null)}
            decimalScale={decimals}
            suffix={suffix ? ` ${suffix}` : undefined}
            clampBehavior="blur"
            hideControls
        />
    );
}
