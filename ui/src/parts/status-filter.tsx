import { UnstyledButton } from '@mantine/core';
import type { TaskStatus } from '@/api/tasks';
import { run_statuses } from '@/app/run-search';
import { t } from '@/i18n';
import { statusText } from './status-badge';
import classes from './status-filter.module.css';

type StatusFilterProps = { value: TaskStatus | undefined; on_change: (status: TaskStatus | undefined) => void };

/** One row of choices; on phones it scrolls sideways. */
export function StatusFilter({ value, on_change }: StatusFilterProps) {
    return (
        <fieldset className={classes.row} aria-label={t('parts.filterByStatus')}>
            {[undefined, ...run_statuses].map((status) => (
                <UnstyledButton
                    key={status ?? 'all'}
                    className={classes.choice}
                    aria-pressed={status === value}
                    onClick={() => on_change(status)}
                >
                    {status ? statusText(status) : t('parts.all')}
                </UnstyledButton>
            ))}
        </fieldset>
    );
}
