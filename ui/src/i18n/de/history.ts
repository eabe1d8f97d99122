import type { Translation } from '..';
import type { history as english } from '../en/history';

export const history: Translation<typeof english> = {
    title: 'Verlauf',
    lead: 'Jede Ausführung, auch die, die ein Ablauf oder ein Fehlschlag ausgelöst hat.',
    export: 'CSV exportieren',
    anyFlow: 'Alle Abläufe',
    filterByFlow: 'Nach Ablauf filtern',
    steps: 'Schritte',
    emptyTitle: 'Noch kein Verlauf',
    emptyText: 'Jeder Lauf hinterlässt hier seine Schritte, seine Kosten und sein Ergebnis, solange du sie behältst.',
    noneTitle: 'Nichts passt',
    noneText: 'Keine Ausführung hat diesen Status und diesen Ablauf.',
    showAll: 'Alles zeigen',
};
