import type { Translation } from '..';
import type { values as english } from '../en/values';

export const values: Translation<typeof english> = {
    nothing: 'nichts',
    yes: 'Ja',
    no: 'Nein',
    noJson: 'Das ist noch kein JSON: {fault}',
    addLine: 'Hinzufügen',
    lineOf: '{name}, Zeile {line}',
    removeLine: 'Zeile {line} entfernen',
    addRow: 'Zeile hinzufügen',
    row: 'Zeile {row}',
    removeRow: 'Zeile {row} entfernen',
    upload: 'Hochladen',
    chooseFile: 'Datei wählen',
    noFile: 'Keine Datei mit diesem Namen',
    fileGone: 'Keine Datei mit der ID {id}',
    removeFile: 'Datei entfernen',
};
