import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';

export type RunLinkProps = { project: string; task: string; execution?: string; name: string };

/** Leads to a task, or to one execution of it. */
export function RunLink({ project, task, execution, name }: RunLinkProps) {
    return (
        <Anchor
            c="var(--mantine-color-text)"
            fw={500}
            truncate
            data-task={task}
            renderRoot={(props) => (
                <Link {...props} to="/p/$project/runs/$task" params={{ project, task }} search={{ execution }} />
            )}
        >
            {name}
        </Anchor>
    );
}
