import type { Translation } from '..';
import type { tables as english } from '../en/tables';

export const tables: Translation<typeof english> = {
    title: 'Tabellen',
    lead: 'Strukturierte Daten, die Agenten und Menschen teilen.',
    create: 'Neue Tabelle',
    rename: 'Umbenennen',
    renameOf: '{name} umbenennen',
    emptyTitle: 'Noch keine Tabellen',
    emptyText:
        'Agenten lesen und schreiben Tabellen bei der Arbeit, und du kannst es auch: Kandidaten, Rechnungen, Leads. Eine geänderte Zeile kann einen Ablauf starten.',
    name: 'Name',
    columns: 'Spalten',
    columnsHint: 'Eine je Zeile oder mit Kommas. Sie beginnen als Text; das kannst du später ändern.',
    changed: 'Geändert',
    created: 'Tabelle „{name}“ angelegt',
    createSubmit: 'Tabelle anlegen',
    keysTitle: 'Tabelle',
    keyMove: 'Von Zelle zu Zelle',
    keyEdit: 'Zelle bearbeiten',
    keyLeave: 'Lassen, wie es war',
    keyMark: 'Zeile markieren (auf ihrem Kästchen)',
};
