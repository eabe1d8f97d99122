// The sections of a coworker, once: the navigation, the palette and the shortcuts are made of this list.
import {
    type Icon,
    IconDatabase,
    IconFiles,
    IconHistory,
    IconInbox,
    IconLayoutDashboard,
    IconListCheck,
    IconPlug,
    IconRoute,
    IconSettings,
} from '@tabler/icons-react';

export const sections = [
    { id: 'overview', text: 'shell.overview', icon: IconLayoutDashboard, to: '/p/$project/overview', key: 'o' },
    { id: 'flows', text: 'shell.flows', icon: IconRoute, to: '/p/$project/flows', key: 'f' },
    { id: 'runs', text: 'shell.runs', icon: IconListCheck, to: '/p/$project/runs', key: 'r' },
    { id: 'inbox', text: 'shell.inbox', icon: IconInbox, to: '/p/$project/inbox', key: 'i' },
    { id: 'history', text: 'shell.history', icon: IconHistory, to: '/p/$project/history', key: 'h' },
    { id: 'tables', text: 'shell.tables', icon: IconDatabase, to: '/p/$project/tables', key: 't' },
    { id: 'files', text: 'shell.files', icon: IconFiles, to: '/p/$project/files', key: 'd' },
    { id: 'connectors', text: 'shell.connectors', icon: IconPlug, to: '/p/$project/connectors', key: 'c' },
    { id: 'settings', text: 'shell.settings', icon: IconSettings, to: '/p/$project/settings', key: 's' },
] as const satisfies readonly { id: string; text: string; icon: Icon; to: string; key: string }[];

export type Section = (typeof sections)[number];

/** Those in the bar at the bottom of a phone; the others are behind "More". */
export const bottom_bar: readonly Section['id'][] = ['overview', 'flows', 'runs', 'inbox'];
