import type { Translation } from '..';
import type { runs as english } from '../en/runs';

export const runs: Translation<typeof english> = {
    title: 'Läufe',
    emptyTitle: 'Noch nichts gelaufen',
    emptyText: 'Starte einen Ablauf, und sein Lauf erscheint hier, während er arbeitet.',
    flow: 'Ablauf',
    status: 'Status',
    started: 'Gestartet',
};
