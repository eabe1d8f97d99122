import type { Translation } from '..';
import type { flows as english } from '../en/flows';

export const flows: Translation<typeof english> = {
    title: 'Abläufe',
    lead: 'Ein Ablauf ist eine Kette von Agenten.',
    emptyTitle: 'Noch keine Abläufe',
    emptyText:
        'Ein Ablauf ist eine Kette von Agenten, jeder mit Prompt, Modell und Fähigkeiten. Bau einen, starte ihn von Hand, und lass ihn dann von einem Zeitplan oder Ereignis starten.',
    name: 'Name',
    agents: 'Agenten',
    lastUsed: 'Zuletzt benutzt',
    changed: 'Geändert',
    never: 'Nie',
    active: 'Aktiv',
    activeOf: '{name} ist aktiv',
    create: 'Neuer Ablauf',
    createSubmit: 'Ablauf anlegen',
    description: 'Was er tut',
    search: 'Abläufe suchen',
    nothingFound: 'Kein Ablauf heißt „{text}“.',
    clearSearch: 'Suche leeren',
    run: 'Starten',
    runOf: '{name} starten',
    moreOf: 'Mehr zu {name}',
    open: 'Öffnen',
    duplicate: 'Duplizieren',
    copyOf: 'Kopie von {name}',
    duplicated: '„{name}“ angelegt',
    remove: 'Löschen',
    removeTitle: '{name} löschen?',
    removeText:
        'Niemand kann ihn mehr starten, weder von Hand noch durch Zeitplan oder Ereignis. Seine Läufe gehen weiter und bleiben lesbar. Hier lässt sich das nicht rückgängig machen.',
    removeConfirm: 'Ablauf löschen',
    removed: '„{name}“ gelöscht',
};
