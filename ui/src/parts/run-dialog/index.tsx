import { Modal, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { flowQuery, versionQuery } from '@/api/flows';
import { settingsQuery } from '@/api/settings';
import { t } from '@/i18n';
import { QueryView } from '../query-view';
import { TextSkeleton } from '../skeletons';
import { RunForm } from './run-form';

export type RunDialogProps = {
    project: string;
    flow_id: string;
    opened: boolean;
    on_close: () => void;
    /** Begin with this agent instead of the first. */
    start_from_agent_id?: string;
    /** End after this agent; the same as the first one: it runs alone. */
    stop_after_agent_id?: string;
};

/** What a run of a flow is started with. Leads to the run once it has started. */
export function RunDialog({ project, flow_id, opened, on_close, ...bounds }: RunDialogProps) {
    const is_phone = useMediaQuery('(max-width: 48em)');
    const flow = useQuery({ ...flowQuery(project, flow_id), enabled: opened });
    const settings = useQuery({ ...settingsQuery(project), enabled: opened });
    const published = flow.data?.published_version ?? 0;
    const version = useQuery({ ...versionQuery(project, flow_id, published), enabled: opened && published > 0 });
    // Runs take the published version, which may ask for other things than the newest.
    const taken = published > 0 ? version : flow;
    return (
        <Modal
            opened={opened}
            onClose={on_close}
            size={560}
            fullScreen={is_phone}
            title={flow.data ? t('runDialog.titleOf', { name: flow.data.name }) : t('runDialog.title')}
            closeButtonProps={{ 'aria-label': t('parts.close') }}
        >
            <QueryView query={taken} skeleton={<TextSkeleton lines={8} />}>
                {(shown) => (
                    <QueryView query={settings} skeleton={<TextSkeleton lines={8} />}>
                        {({ input_forms }) => (
                            <>
                                {published > 0 && published !== flow.data?.version && (
                                    <Text size="xs" c="dimmed" mb="sm">
                                        {t('runDialog.takes', { version: published })}
                                    </Text>
                                )}
                                <RunForm
                                    project={project}
                                    flow={shown}
                                    form={input_forms.find(({ agentflow_id }) => agentflow_id === flow_id)}
                                    {...bounds}
                                    on_close={on_close}
                                />
                            </>
                        )}
                    </QueryView>
                )}
            </QueryView>
        </Modal>
    );
}
