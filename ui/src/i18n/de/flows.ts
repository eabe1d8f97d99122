import type { Translation } from '..';
import type { flows as english } from '../en/flows';

export const flows: Translation<typeof english> = {
    title: 'Abläufe',
    lead: 'Ein Ablauf ist eine Kette von Agenten.',
    emptyTitle: 'Noch keine Abläufe',
    emptyText: 'Ein Ablauf ist eine Kette von Agenten, jeder mit Prompt, Modell und Fähigkeiten.',
    name: 'Name',
    agents: 'Agenten',
    changed: 'Geändert',
};
