import { Button, Modal, SimpleGrid } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus, IconUsersGroup } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { projectsQuery } from '@/api/projects';
import { useSession } from '@/api/session';
import { t } from '@/i18n';
import { EmptyState } from '@/parts/empty-state';
import { Page } from '@/parts/page';
import { QueryView } from '@/parts/query-view';
import { CardsSkeleton } from '@/parts/skeletons';
import { CoworkerCard } from './coworker-card';
import { CreateCoworker } from './create-coworker';

// A browser has six connections to a server, and the others need some too.
const followed_max = 2;

export default function Coworkers() {
    const projects = useQuery(projectsQuery);
    const may_create = useSession()?.role === 'owner';
    const [creating, dialog] = useDisclosure(false);
    const create = may_create && (
        <Button leftSection={<IconPlus size={16} />} onClick={dialog.open}>
            {t('coworkers.create')}
        </Button>
    );
    return (
        <Page title={t('coworkers.title')} lead={t('coworkers.lead')} actions={create}>
            <QueryView query={projects} skeleton={<CardsSkeleton />}>
                {(list) =>
                    list.length === 0 ? (
                        <EmptyState
                            icon={IconUsersGroup}
                            title={t('coworkers.emptyTitle')}
                            text={may_create ? t('coworkers.emptyText') : t('coworkers.emptyTextViewer')}
                            action={create}
                        />
                    ) : (
                        <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="md">
                            {list.map((project, index) => (
                                <CoworkerCard key={project._id} project={project} is_followed={index < followed_max} />
                            ))}
                        </SimpleGrid>
                    )
                }
            </QueryView>
            <Modal
                opened={creating}
                onClose={dialog.close}
                title={t('coworkers.create')}
                closeButtonProps={{ 'aria-label': t('parts.close') }}
            >
                <CreateCoworker on_done={dialog.close} />
            </Modal>
        </Page>
    );
}
