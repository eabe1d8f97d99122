import type { Translation } from '..';
import type { connectors as english } from '../en/connectors';

export const connectors: Translation<typeof english> = {
    title: 'Konnektoren',
    emptyTitle: 'Noch keine Konnektoren',
    emptyText: 'Ein Konnektor ist ein Konto oder Dienst, den Agenten nutzen dürfen.',
    name: 'Name',
    category: 'Kategorie',
    status: 'Status',
};
