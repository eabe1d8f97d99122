import { Anchor, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Execution } from '@/api/executions';
import { contentUrl, fileQuery } from '@/api/files';
import { t } from '@/i18n';
import { formatBytes, formatDateTime } from '@/i18n/format';
import { CopyButton } from '@/parts/copy-button';
import { JsonView } from '@/parts/json-view';
import classes from './run.module.css';

/** What the run was given: goal, inputs, files, and which version of which flow. */
export function Details({ project, execution }: { project: string; execution: Execution }) {
    const { agentflow, goal, input_variables, files, runtime_inputs, executed_by } = execution;
    return (
        <Stack gap="lg">
            <dl className={classes.given}>
                <Fact name={t('run.goal')}>{goal || '–'}</Fact>
                <Fact name={t('run.flow')}>
                    <Anchor component={Link} to={`/p/${project}/flows/${execution.agentflow_id}`}>
                        {agentflow.name}
                    </Anchor>
                    {agentflow.version !== undefined && ` · ${t('run.version', { version: agentflow.version })}`}
                </Fact>
                <Fact name={t('run.starter')}>
                    {executed_by.name || '–'}
                    {executed_by.type && ` · ${executed_by.type}`}
                </Fact>
                <Fact name={t('run.startedAt')}>{formatDateTime(execution.created_at)}</Fact>
                {execution.end_time !== null && (
                    <Fact name={t('run.endedAt')}>{formatDateTime(execution.end_time)}</Fact>
                )}
                <Fact name={t('run.id')}>
                    <code>{execution.execution_id}</code> <CopyButton text={execution.execution_id} />
                </Fact>
            </dl>
            <section>
                <Title order={3} mb="xs">
                    {t('run.inputs')}
                </Title>
                <Data value={input_variables} label={t('run.inputs')} none={t('run.noInputs')} />
            </section>
            {Object.keys(runtime_inputs).length > 0 && (
                <section>
                    <Title order={3} mb="xs">
                        {t('run.entered')}
                    </Title>
                    <JsonView value={runtime_inputs} label={t('run.entered')} />
                </section>
            )}
            <section>
                <Title order={3} mb="xs">
                    {t('run.files')}
                </Title>
                {files.length === 0 && (
                    <Text size="sm" c="dimmed">
                        {t('run.noFiles')}
                    </Text>
                )}
                <ul className={classes.acts}>
                    {files.map((file) => (
                        <FileLink key={file} project={project} file={file} />
                    ))}
                </ul>
            </section>
        </Stack>
    );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
    return (
        <div>
            <dt>{name}</dt>
            <dd>{children}</dd>
        </div>
    );
}

function Data({ value, label, none }: { value: object; label: string; none: string }) {
    if (Object.keys(value).length > 0) return <JsonView value={value} label={label} />;
    return (
        <Text size="sm" c="dimmed">
            {none}
        </Text>
    );
}

function FileLink({ project, file }: { project: string; file: string }) {
    const found = useQuery(fileQuery(project, file)).data;
    return (
        <li>
            <Anchor href={contentUrl(project, file)} download={found?.name}>
                {found?.name ?? file}
            </Anchor>
            {found?.size !== undefined && (
                <Text span size="xs" c="dimmed">
                    {' '}
                    {formatBytes(found.size)}
                </Text>
            )}
        </li>
    );
}
