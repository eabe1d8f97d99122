import { createSpotlight, Spotlight, type SpotlightActionGroupData } from '@mantine/spotlight';
import { IconBuilding, IconKeyboard, IconSearch, IconUsersGroup } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { projectsQuery } from '@/api/projects';
import { t } from '@/i18n';
import { LetterMark } from '@/parts/marks';
import { sections } from './navigation';

const [store, palette] = createSpotlight();
// Also from a field; in a code editor the keys are its own.
const no_tags: string[] = [];
export const openPalette = palette.open;

/** ⌘K: every place and every coworker, by name. */
export function Palette({ project, on_shortcuts }: { project?: string; on_shortcuts: () => void }) {
    const router = useRouter();
    const projects = useQuery(projectsQuery).data ?? [];
    const places: SpotlightActionGroupData = {
        group: t('palette.goTo'),
        actions: [
            ...(project ? sections : []).map(({ id, text, icon: Icon, to }) => ({
                id,
                label: t(text),
                leftSection: <Icon size={18} stroke={1.5} />,
                onClick: () => router.navigate({ to, params: { project: project ?? '' } }),
            })),
            {
                id: 'coworkers',
                label: t('shell.allCoworkers'),
                leftSection: <IconUsersGroup size={18} stroke={1.5} />,
                onClick: () => router.navigate({ to: '/' }),
            },
            {
                id: 'organization',
                label: t('settings.organizationTitle'),
                leftSection: <IconBuilding size={18} stroke={1.5} />,
                onClick: () => router.navigate({ to: '/settings' }),
            },
        ],
    };
    const coworkers: SpotlightActionGroupData = {
        group: t('palette.coworkers'),
        actions: projects.map(({ _id, projectName, coworkerRole }) => ({
            id: _id,
            label: projectName,
            description: coworkerRole || undefined,
            leftSection: <LetterMark id={_id} name={projectName} />,
            onClick: () => router.navigate({ to: '/p/$project/overview', params: { project: _id } }),
        })),
    };
    const actions: SpotlightActionGroupData = {
        group: t('palette.actions'),
        actions: [
            {
                id: 'shortcuts',
                label: t('shell.shortcuts'),
                leftSection: <IconKeyboard size={18} stroke={1.5} />,
                onClick: on_shortcuts,
            },
        ],
    };
    return (
        <Spotlight
            store={store}
            attributes={{ content: { 'aria-label': t('palette.title') } }}
            shortcut="mod + K"
            tagsToIgnore={no_tags}
            actions={[places, coworkers, actions]}
            nothingFound={t('palette.nothing')}
            highlightQuery
            scrollable
            maxHeight={420}
            limit={30}
            searchProps={{
                leftSection: <IconSearch size={18} stroke={1.5} aria-hidden />,
                placeholder: t('palette.placeholder'),
                'aria-label': t('palette.placeholder'),
            }}
        />
    );
}
