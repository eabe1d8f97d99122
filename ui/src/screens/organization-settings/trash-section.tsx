import { Button } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type Project, trashQuery, useDeleteProject, useRestoreProject } from '@/api/projects';
import { t } from '@/i18n';
import { useConfirm } from '@/parts/confirm';
import { EmptyState } from '@/parts/empty-state';
import { QueryView } from '@/parts/query-view';
import { RelativeTime } from '@/parts/relative-time';
import { SettingsCard, SettingsGroup, SettingsRow } from '@/parts/settings-group';
import { TextSkeleton } from '@/parts/skeletons';

/** Coworkers that were put away: brought back whole, or deleted for ever. */
export function TrashSection() {
    const trash = useQuery(trashQuery);
    return (
        <SettingsGroup title={t('organization.trash')} lead={t('organization.trashLead')}>
            <QueryView query={trash} skeleton={<TextSkeleton />}>
                {(rows) =>
                    rows.length === 0 ? (
                        <EmptyState
                            icon={IconTrash}
                            title={t('organization.trashEmpty')}
                            text={t('organization.trashEmptyText')}
                        />
                    ) : (
                        <SettingsCard>
                            {rows.map((project) => (
                                <TrashRow key={project._id} project={project} />
                            ))}
                        </SettingsCard>
                    )
                }
            </QueryView>
        </SettingsGroup>
    );
}

function TrashRow({ project }: { project: Project }) {
    const confirm = useConfirm();
    const restore = useRestoreProject();
    const remove = useDeleteProject();
    const { _id, projectName: name, trashedAt } = project;
    const askDelete = async () => {
        const yes = await confirm({
            title: t('settings.deleteTitle', { name }),
            text: t('settings.deleteText'),
            confirm: t('settings.delete'),
            tone: 'danger',
        });
        if (yes) remove.mutate(_id);
    };
    return (
        <SettingsRow title={name} text={trashedAt && <RelativeTime when={trashedAt} />}>
            <Button
                variant="default"
                size="xs"
                loading={restore.isPending}
                onClick={() => restore.mutate(_id)}
                aria-label={t('organization.restoreOf', { name })}
            >
                {t('organization.restore')}
            </Button>
            <Button
                variant="subtle"
                color="gray"
                size="xs"
                loading={remove.isPending}
                onClick={askDelete}
                aria-label={t('organization.deleteOf', { name })}
            >
                {t('settings.delete')}
            </Button>
        </SettingsRow>
    );
}
