import { Button, Group, Modal, SimpleGrid } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconBriefcase, IconPlus, IconUsersGroup } from '@tabler/icons-react';
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
import { HireCoworker } from './hire-coworker';

// A browser has six connections to a server, and the others need some too.
const followed_max = 2;

export default function Coworkers() {
    const projects = useQuery(projectsQuery);
    const may_create = useSession()?.role === 'owner';
    const [creating, dialog] = useDisclosure(false);
    const [hiring, hire_dialog] = useDisclosure(false);
    const orgId = useSession()?.orgId ?? '';
    const create = may_create && (
        <Button leftSection={<IconPlus size={16} />} onClick={dialog.open}>
            {t('coworkers.create')}
        </Button>
    );
    const hire = may_create && (
        <Button variant="default" leftSection={<IconBriefcase size={16} />} onClick={hire_dialog.open}>
            {t('coworkers.hire')}
        </Button>
    );
    const deeds = may_create && (
        <Group gap="xs">
            {hire}
            {create}
        </Group>
    );
    return (
        <Page title={t('coworkers.title')} lead={t('coworkers.lead')} actions={deeds}>
            <QueryView query={projects} skeleton={<CardsSkeleton />}>
                {(list) =>
                    list.length === 0 ? (
                        <EmptyState
                            icon={IconUsersGroup}
                            title={t('coworkers.emptyTitle')}
                            text={may_create ? t('coworkers.emptyText') : t('coworkers.emptyTextViewer')}
                            action={deeds}
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
            <Modal
                opened={hiring}
                onClose={hire_dialog.close}
                title={t('coworkers.hire')}
                size="lg"
                closeButtonProps={{ 'aria-label': t('parts.close') }}
            >
                <HireCoworker orgId={orgId} />
            </Modal>
        </Page>
    );
}
