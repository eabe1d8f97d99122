import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { RunLink, type RunLinkProps } from './run-link';
import classes from './run-table.module.css';

/** `times` are shown on phones, which have no columns for them. */
type RunNameProps = RunLinkProps & { goal: string | null | undefined; times: ReactNode };

/** A run in a list: what leads to it, and what it is to achieve. */
export function RunName({ goal, times, ...link }: RunNameProps) {
    return (
        <div className={classes.name}>
            <RunLink {...link} />
            {goal && (
                <Text size="xs" c="dimmed" truncate title={goal}>
                    {goal}
                </Text>
            )}
            <Text size="xs" c="dimmed" truncate hiddenFrom="sm" component="div">
                {times}
            </Text>
        </div>
    );
}
