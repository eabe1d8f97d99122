import { Button, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Flow } from '@/api/flows';
import { useMay } from '@/api/my-role';
import { t } from '@/i18n';
import { FlowList } from './flow-list';
import classes from './overview.module.css';

/** Of a coworker that has never run: how to begin. */
export function FirstSteps({ project, flows }: { project: string; flows: Flow[] }) {
    const may_edit = useMay(project, 'editor');
    const has_flows = flows.length > 0;
    return (
        <>
            <section className={classes.first} aria-labelledby="first">
                <Title order={2} id="first">
                    {t('overview.firstTitle')}
                </Title>
                <Text size="sm" c="dimmed">
                    {t('overview.firstText')}
                </Text>
                <ol>
                    <Step at={1} title={t('overview.flowTitle')} text={t('overview.flowText')}>
                        {may_edit && (
                            <Button component={Link} to={`/p/${project}/flows`} variant={variant(!has_flows)} size="xs">
                                {has_flows ? t('overview.seeFlows') : t('overview.makeFlow')}
                            </Button>
                        )}
                    </Step>
                    <Step at={2} title={t('overview.modelTitle')} text={t('overview.modelText')}>
                        {may_edit && (
                            <Button component={Link} to={`/p/${project}/settings/models`} variant="default" size="xs">
                                {t('overview.toModels')}
                            </Button>
                        )}
                    </Step>
                    <Step at={3} title={t('overview.runTitle')} text={t('overview.runText')} />
                </ol>
            </section>
            {has_flows && <FlowList project={project} flows={flows} />}
        </>
    );
}

const variant = (is_next: boolean) => (is_next ? 'filled' : 'default');

type StepProps = { at: number; title: string; text: string; children?: ReactNode };

function Step({ at, title, text, children }: StepProps) {
    return (
        <li>
            <span className={classes.at} aria-hidden>
                {at}
            </span>
            <div className={classes.main}>
                <Title order={3}>{title}</Title>
                <Text size="sm" c="dimmed">
                    {text}
                </Text>
            </div>
            {children}
        </li>
    );
}
