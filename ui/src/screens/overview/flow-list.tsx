import { Anchor, Button, Text } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { Flow } from '@/api/flows';
import { useMay } from '@/api/my-role';
import { t } from '@/i18n';
import { RelativeTime } from '@/parts/relative-time';
import { useRunDialog } from '@/parts/run-dialog/use-run-dialog';
import classes from './overview.module.css';
import { Nothing, Rows, Section } from './section';

const shown_max = 6;
const usedAt = ({ last_used, updated_at }: Flow) => last_used ?? updated_at;

/** What it can be told to do: what was used last, first. Those that only take over after a failure are left out. */
export function FlowList({ project, flows }: { project: string; flows: Flow[] }) {
    const may_run = useMay(project, 'operator');
    const dialog = useRunDialog(project);
    const shown = flows
        .filter(({ parent_agentflow_id }) => !parent_agentflow_id)
        .toSorted((a, b) => usedAt(b) - usedAt(a))
        .slice(0, shown_max);
    return (
        <Section id="flows" title={t('overview.flows')} to={`/p/${project}/flows`}>
            {shown.length === 0 && <Nothing text={t('overview.noFlows')} />}
            {shown.length > 0 && (
                <Rows>
                    {shown.map((flow) => (
                        <li key={flow._id} className={classes.row}>
                            <div className={classes.main}>
                                <Anchor
                                    component={Link}
                                    to={`/p/${project}/flows/${flow._id}`}
                                    c="var(--mantine-color-text)"
                                    fw={500}
                                    truncate
                                >
                                    {flow.name}
                                </Anchor>
                                <Text size="xs" c="dimmed" component="div">
                                    {flow.last_used ? <RelativeTime when={flow.last_used} /> : t('overview.neverRun')}
                                </Text>
                            </div>
                            {may_run && <RunButton flow={flow} on_run={dialog.open} />}
                        </li>
                    ))}
                </Rows>
            )}
            {dialog.element}
        </Section>
    );
}

function RunButton({ flow, on_run }: { flow: Flow; on_run: (flow: Flow) => void }) {
    return (
        <Button
            onClick={() => on_run(flow)}
            variant="default"
            size="xs"
            leftSection={<IconPlayerPlay size={14} stroke={1.75} />}
            aria-label={t('overview.runOf', { name: flow.name })}
        >
            {t('overview.run')}
        </Button>
    );
}
