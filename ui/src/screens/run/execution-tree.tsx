import { Badge, Title, UnstyledButton } from '@mantine/core';
import { IconCornerDownRight } from '@tabler/icons-react';
import type { Task } from '@/api/tasks';
import { t } from '@/i18n';
import { formatMoney } from '@/i18n/format';
import { Elapsed } from '@/parts/elapsed';
import { StatusBadge } from '@/parts/status-badge';
import classes from './run.module.css';
import { branchesOf } from './tree';

const depth_max = 6;

type ExecutionTreeProps = { task: Task; shown: string | undefined; on_choose: (execution_id: string) => void };

/** The flows that one run has set off: children and those that took over. One of them is shown below. */
export function ExecutionTree({ task, shown, on_choose }: ExecutionTreeProps) {
    return (
        <section aria-labelledby="tree">
            <Title order={2} id="tree" mb="xs">
                {t('run.tree')}
            </Title>
            <ul className={classes.tree}>
                {branchesOf(task).map(({ execution, depth }) => (
                    <li key={execution._id}>
                        <UnstyledButton
                            className={classes.branch}
                            aria-current={execution.execution_id === shown}
                            style={{ paddingLeft: 12 + Math.min(depth, depth_max) * 20 }}
                            onClick={() => on_choose(execution.execution_id)}
                        >
                            {depth > 0 && <IconCornerDownRight size={15} stroke={1.75} aria-hidden />}
                            <span className={classes.branchName}>{execution.agentflow.name}</span>
                            {execution.is_failover && <Badge color="gray">{t('run.failover')}</Badge>}
                            <span className={classes.branchFacts}>
                                <span>{formatMoney(execution.usage?.cost_usd ?? 0)}</span>
                                <Elapsed from={execution.created_at} until={execution.end_time} />
                                <StatusBadge status={execution.status} />
                            </span>
                        </UnstyledButton>
                    </li>
                ))}
            </ul>
        </section>
    );
}
