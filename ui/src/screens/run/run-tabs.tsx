import { Tabs } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useRef } from 'react';
import type { Execution } from '@/api/executions';
import { isFinal, type Task } from '@/api/tasks';
import { run_tabs } from '@/app/run-search';
import { t } from '@/i18n';
import { Details } from './details';
import type { Feed } from './feed';
import { FollowButton } from './follow-button';
import { RawData } from './raw-data';
import { Steps } from './steps';
import classes from './steps.module.css';
import { useFollowEnd } from './use-follow-end';

type RunTabsProps = { project: string; task: Task; execution: Execution; feed: Feed };

export function RunTabs({ project, task, execution, feed }: RunTabsProps) {
    const { tab = 'steps', step } = useSearch({ from: '/signed-in/p/$project/runs/$task' });
    const navigate = useNavigate({ from: '/p/$project/runs/$task' });
    const content = useRef<HTMLDivElement>(null);
    const is_live = !isFinal(execution.status);
    const { lost, follow } = useFollowEnd(content, is_live && tab === 'steps' && step === undefined);
    const choose = (next: string | null) => {
        const found = run_tabs.find((each) => each === next);
        void navigate({
            search: (old) => ({ ...old, tab: found === 'steps' ? undefined : found }),
            resetScroll: false,
        });
    };
    const open = (index: number | undefined) =>
        void navigate({
            search: (old) => ({ ...old, step: index === undefined ? undefined : index + 1 }),
            replace: true,
            resetScroll: false,
        });
    return (
        <Tabs value={tab} onChange={choose} keepMounted={false}>
            <Tabs.List mb="md">
                <Tabs.Tab value="steps">{t('run.steps')}</Tabs.Tab>
                <Tabs.Tab value="details">{t('run.details')}</Tabs.Tab>
                <Tabs.Tab value="raw">{t('run.raw')}</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="steps">
                <div ref={content} className={classes.steps}>
                    <Steps key={execution._id} execution={execution} feed={feed} wanted={step} on_open={open} />
                </div>
                <FollowButton shown={lost} on_follow={follow} />
            </Tabs.Panel>
            <Tabs.Panel value="details">
                <Details project={project} execution={execution} />
            </Tabs.Panel>
            <Tabs.Panel value="raw">
                <RawData value={task} name={`task-${task._id}.json`} />
            </Tabs.Panel>
        </Tabs>
    );
}
