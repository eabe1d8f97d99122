import { Button, Group, Modal, ScrollArea, Stack, Text, Title } from '@mantine/core';
import { t } from '@/i18n';
import { useFlowBuilder } from '../context';
import { DiffView } from './diff-view';

/** Two people have changed the same flow: both changes are shown, and whoever saves second chooses. */
export function ConflictDialog({ on_overwrite }: { on_overwrite: (version: number) => void }) {
    const { builder, skills } = useFlowBuilder();
    const { conflict, base, doc, closeConflict, load, is_saving } = builder;
    return (
        <Modal
            opened={conflict !== undefined}
            onClose={closeConflict}
            size={760}
            title={t('flow.conflictTitle')}
            closeButtonProps={{ 'aria-label': t('parts.close') }}
        >
            {conflict && (
                <Stack gap="md">
                    <Text size="sm">{t('flow.conflictText', { version: conflict.version, base: base.version })}</Text>
                    <ScrollArea.Autosize mah="50vh" type="auto" viewportProps={{ tabIndex: 0 }}>
                        <Stack gap="lg">
                            <Stack gap="xs">
                                <Title order={3}>{t('flow.theirs')}</Title>
                                <DiffView before={base.doc} after={conflict.theirs} skills={skills} />
                            </Stack>
                            <Stack gap="xs">
                                <Title order={3}>{t('flow.mine')}</Title>
                                <DiffView before={base.doc} after={doc} skills={skills} />
                            </Stack>
                        </Stack>
                    </ScrollArea.Autosize>
                    <Group justify="flex-end" gap="xs">
                        <Button variant="default" onClick={closeConflict}>
                            {t('flow.later')}
                        </Button>
                        <Button variant="default" onClick={() => load(conflict.theirs, conflict.version)}>
                            {t('flow.takeTheirs')}
                        </Button>
                        <Button onClick={() => on_overwrite(conflict.version)} loading={is_saving}>
                            {t('flow.keepMine')}
                        </Button>
                    </Group>
                </Stack>
            )}
        </Modal>
    );
}
