import { Anchor, Button, Modal, Paper, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconBolt, IconKey, IconUserPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { flowsQuery } from '@/api/flows';
import { projectsQuery } from '@/api/projects';
import type { Session } from '@/api/session';
import { t } from '@/i18n';
import { FrontPage } from '@/parts/front-page';
import { HireCoworker } from '@/screens/coworkers/hire-coworker';
import { FirstCoworker } from './first-coworker';
import classes from './welcome.module.css';

/** The project of the first start, while nobody has put anything into it. */
function useUntouchedProject() {
    const projects = useQuery(projectsQuery).data;
    const only = projects?.length === 1 ? projects[0] : undefined;
    const flows = useQuery({ ...flowsQuery(only?._id ?? ''), enabled: only !== undefined }).data;
    return { first: projects?.[0], untouched: flows?.total_count === 0 ? only : undefined };
}

/** What to do first, with the shortest way to something that works on top. */
export function Begin({ session }: { session: Session }) {
    const { first, untouched } = useUntouchedProject();
    const [hiring, hire] = useDisclosure(false);
    const [creating, create] = useDisclosure(false);
    return (
        <FrontPage
            title={t('welcome.hello', { name: session.user?.name || session.user?.email || '' })}
            lead={t('welcome.beginLead')}
            width="wide"
        >
            <Paper withBorder>
                <Way
                    icon={<IconBolt size={20} stroke={1.5} />}
                    title={t('welcome.sample')}
                    text={t('welcome.sampleText')}
                >
                    <Button onClick={hire.open}>{t('welcome.sampleDeed')}</Button>
                </Way>
                <Way
                    icon={<IconUserPlus size={20} stroke={1.5} />}
                    title={t('welcome.empty')}
                    text={t('welcome.emptyText')}
                >
                    <Button variant="default" onClick={create.open}>
                        {t('welcome.emptyDeed')}
                    </Button>
                </Way>
                {first && (
                    <Way
                        icon={<IconKey size={20} stroke={1.5} />}
                        title={t('welcome.models')}
                        text={t('welcome.modelsText')}
                    >
                        <Button
                            variant="default"
                            renderRoot={(props) => (
                                <Link
                                    to="/p/$project/settings/$section"
                                    params={{ project: first._id, section: 'models' }}
                                    {...props}
                                />
                            )}
                        >
                            {t('welcome.modelsDeed')}
                        </Button>
                    </Way>
                )}
            </Paper>
            <Text ta="center" mt="md">
                <Anchor component={Link} to="/">
                    {t('welcome.later')}
                </Anchor>
            </Text>
            <Modal
                opened={hiring}
                onClose={hire.close}
                title={t('coworkers.hire')}
                size="lg"
                closeButtonProps={{ 'aria-label': t('parts.close') }}
            >
                <HireCoworker orgId={session.orgId} into={untouched?._id} />
            </Modal>
            <Modal
                opened={creating}
                onClose={create.close}
                title={t('welcome.empty')}
                closeButtonProps={{ 'aria-label': t('parts.close') }}
            >
                <FirstCoworker orgId={session.orgId} into={untouched?._id} on_cancel={create.close} />
            </Modal>
        </FrontPage>
    );
}

type WayProps = { icon: ReactNode; title: string; text: string; children: ReactNode };

function Way({ icon, title, text, children }: WayProps) {
    return (
        <section className={classes.way}>
            <span className={classes.icon} aria-hidden>
                {icon}
            </span>
            <Stack gap={2} className={classes.text}>
                <Title order={2} fz="md" lh="20px">
                    {title}
                </Title>
                <Text size="sm" c="dimmed">
                    {text}
                </Text>
            </Stack>
            <div className={classes.deed}>{children}</div>
        </section>
    );
}
