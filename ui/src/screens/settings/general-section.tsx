import { Button, Stack, Switch, Textarea, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconDownload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { useMay } from '@/api/my-role';
import {
    exportUrl,
    type Project,
    projectQuery,
    useChangeProject,
    useDeleteProject,
    useTrashProject,
} from '@/api/projects';
import { t } from '@/i18n';
import { useConfirm } from '@/parts/confirm';
import { DraftForm, fieldErrors, useDraft } from '@/parts/draft';
import { QueryView } from '@/parts/query-view';
import { SettingsCard, SettingsGroup, SettingsRow } from '@/parts/settings-group';
import { TextSkeleton } from '@/parts/skeletons';
import type { SectionProps } from '.';

export function GeneralSection({ project }: SectionProps) {
    const query = useQuery(projectQuery(project));
    const is_owner = useMay(project, 'owner');
    return (
        <QueryView query={query} skeleton={<TextSkeleton lines={12} />}>
            {(found) => (
                <>
                    <Profile project={found} />
                    {is_owner && <Export project={found} />}
                    {is_owner && <Leave project={found} />}
                </>
            )}
        </QueryView>
    );
}

function Profile({ project }: { project: Project }) {
    const may_edit = useMay(project._id, 'editor');
    const change = useChangeProject(project._id);
    const draft = useDraft({
        projectName: project.projectName,
        coworker_role: project.coworkerRole,
        description: project.description,
    });
    const at = fieldErrors(change.error);
    const name_is_missing = !draft.value.projectName.trim();
    const save = () => {
        if (name_is_missing) return;
        change.mutate(draft.value, { onSuccess: draft.reset });
    };
    return (
        <SettingsGroup title={t('settings.profile')} lead={t('settings.profileLead')}>
            <DraftForm draft={draft} change={change} on_save={save} may_edit={may_edit}>
                <Stack gap="md" maw={520}>
                    <TextInput
                        label={t('settings.name')}
                        value={draft.value.projectName}
                        onChange={(event) => draft.change({ projectName: event.currentTarget.value })}
                        error={name_is_missing ? t('parts.enterName') : at('projectName')}
                    />
                    <TextInput
                        label={t('settings.role')}
                        description={t('settings.roleHint')}
                        value={draft.value.coworker_role}
                        onChange={(event) => draft.change({ coworker_role: event.currentTarget.value })}
                        error={at('coworker_role')}
                    />
                    <Textarea
                        label={t('settings.description')}
                        value={draft.value.description}
                        onChange={(event) => draft.change({ description: event.currentTarget.value })}
                        error={at('description')}
                    />
                </Stack>
            </DraftForm>
        </SettingsGroup>
    );
}

function Export({ project }: { project: Project }) {
    const [records, setRecords] = useState(false);
    return (
        <SettingsGroup title={t('settings.export')} lead={t('settings.exportLead')}>
            <SettingsCard>
                <SettingsRow
                    title={
                        <Switch
                            label={t('settings.exportRecords')}
                            checked={records}
                            onChange={(event) => setRecords(event.currentTarget.checked)}
                        />
                    }
                >
                    <Button
                        component="a"
                        href={exportUrl(project._id, records)}
                        download
                        variant="default"
                        leftSection={<IconDownload size={16} />}
                    >
                        {t('settings.exportDeed')}
                    </Button>
                </SettingsRow>
            </SettingsCard>
        </SettingsGroup>
    );
}

function Leave({ project }: { project: Project }) {
    const router = useRouter();
    const confirm = useConfirm();
    const trash = useTrashProject();
    const forget = useDeleteProject();
    const name = project.projectName;
    // By the promise: mutate's own callbacks are dropped when the list of coworkers is read in between, as this goes with it.
    const leaveAfter = (deed: Promise<unknown>) =>
        void deed.then(
            () => {
                notifications.show({ withCloseButton: false, message: t('settings.gone', { name }) });
                void router.navigate({ to: '/' });
            },
            () => undefined, // A notification says what went wrong.
        );
    const askTrash = async () => {
        const yes = await confirm({
            title: t('settings.trashTitle', { name }),
            text: t('settings.trashText'),
            confirm: t('settings.trash'),
            tone: 'danger',
        });
        if (yes) leaveAfter(trash.mutateAsync(project._id));
    };
    const askDelete = async () => {
        const yes = await confirm({
            title: t('settings.deleteTitle', { name }),
            text: t('settings.deleteText'),
            confirm: t('settings.delete'),
            tone: 'danger',
        });
        if (yes) leaveAfter(forget.mutateAsync(project._id));
    };
    return (
        <SettingsGroup title={t('settings.leave')}>
            <SettingsCard>
                <SettingsRow title={t('settings.trash')} text={t('settings.trashHint')}>
                    <Button variant="default" onClick={askTrash} loading={trash.isPending}>
                        {t('settings.trash')}
                    </Button>
                </SettingsRow>
                <SettingsRow title={t('settings.delete')} text={t('settings.deleteHint')}>
                    <Button variant="default" c="var(--weft-bad)" onClick={askDelete} loading={forget.isPending}>
                        {t('settings.delete')}
                    </Button>
                </SettingsRow>
            </SettingsCard>
        </SettingsGroup>
    );
}
