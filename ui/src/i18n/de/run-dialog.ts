import type { Translation } from '..';
import type { runDialog as english } from '../en/run-dialog';

export const runDialog: Translation<typeof english> = {
    title: 'Ablauf starten',
    titleOf: '{name} starten',
    takes: 'Läufe nehmen Version {version}, nicht die neueste.',
    from: 'Beginnt mit „{title}“ und geht von dort weiter.',
    alone: 'Startet „{title}“ und keinen anderen Agenten; was er schreibt, ist das Ergebnis.',
    reads: 'Sein Prompt liest {names}, und das läuft hier nicht: Schreib dort einen Ersatzwert, sonst scheitert der Lauf.',
    goal: 'Ziel',
    goalHint: 'Was dieser Lauf erreichen soll, in deinen Worten.',
    files: 'Dateien',
    filesHint: 'Dokumente, die die Agenten lesen dürfen.',
    chooseFile: 'Datei wählen',
    chooseFiles: 'Dateien wählen',
    dropHere: 'oder hierher ziehen',
    uploaded: 'Hochgeladen',
    uploading: '{name} wird hochgeladen',
    retryUpload: '{name} noch einmal hochladen',
    removeFile: '{name} entfernen',
    waitForFiles: 'Lädt hoch…',
    listHint: 'Drück nach jedem die Eingabetaste.',
    tableHint:
        'Eine Zeile je Datensatz, Zellen durch Komma oder Tabulator getrennt; die erste Zeile nennt die Spalten.',
    addRow: 'Zeile hinzufügen',
    removeRow: 'Zeile {number} entfernen',
    clear: 'Leeren',
    required: 'Das wird gebraucht.',
    start: 'Starten',
};
