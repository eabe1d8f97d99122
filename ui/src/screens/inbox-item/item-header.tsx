import { Anchor, Group, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type InboxItem, taskOfExecutionQuery } from '@/api/inbox';
import { t } from '@/i18n';
import { RelativeTime } from '@/parts/relative-time';
import { StatusBadge } from '@/parts/status-badge';
import { useStartedBy } from '@/parts/use-started-by';
import { type_looks } from '../inbox/look';
import classes from './inbox-item.module.css';

type ItemHeaderProps = { project: string; item: InboxItem };

const no_id = /^0*$/;

export function ItemHeader({ project, item }: ItemHeaderProps) {
    const { icon: Icon, text } = type_looks[item.type];
    return (
        <header>
            <Group gap="xs" mb={6} className={classes.kind}>
                <Icon size={16} stroke={1.75} aria-hidden />
                <span>{t(text)}</span>
                <span aria-hidden>·</span>
                <StatusBadge status={item.status} />
            </Group>
            <Title order={2} fz={18} lh="26px" className={classes.summary}>
                {item.summary}
            </Title>
            <Context project={project} item={item} />
        </header>
    );
}

/** Where it comes from: flow, agent, run, and who began that. */
function Context({ project, item }: ItemHeaderProps) {
    const task = useQuery(taskOfExecutionQuery(item.execution_id)).data;
    const started_by = useStartedBy(item.executed_by);
    return (
        <ul className={classes.context}>
            {!no_id.test(item.coworker_id) && (
                <li>
                    <Anchor component={Link} to={`/p/${project}/flows/${item.coworker_id}`}>
                        {item.coworker_name || t('inbox.flow')}
                    </Anchor>
                </li>
            )}
            {item.agent_title && <li>{item.agent_title}</li>}
            {task && (
                <li>
                    <Anchor component={Link} to={`/p/${project}/runs/${task}`}>
                        {t('inbox.toRun')}
                    </Anchor>
                </li>
            )}
            {started_by && <li>{started_by}</li>}
            <li>
                <Text span inherit>
                    {t('inbox.asked')} <RelativeTime when={item.created_at / 1000} />
                </Text>
            </li>
        </ul>
    );
}
