import type { Translation } from '..';
import type { parts as english } from '../en/parts';

export const parts: Translation<typeof english> = {
    cancel: 'Abbrechen',
    close: 'Schließen',
    actions: 'Aktionen',
    retry: 'Erneut versuchen',
    copy: 'Kopieren',
    copied: 'Kopiert',
    enterName: 'Gib einen Namen ein.',
    loading: 'Lädt',
    statusReady: 'Bereit',
    statusRunning: 'Läuft',
    statusInputRequired: 'Braucht dich',
    statusPaused: 'Angehalten',
    statusCompleted: 'Abgeschlossen',
    statusFailed: 'Fehlgeschlagen',
    statusCancelled: 'Gestoppt',
    statusPending: 'Offen',
    statusApproved: 'Genehmigt',
    statusRejected: 'Abgelehnt',
    statusExpired: 'Abgelaufen',
    statusActive: 'Aktiv',
    statusInactive: 'Inaktiv',
};
