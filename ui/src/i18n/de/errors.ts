import type { Translation } from '..';
import type { errors as english } from '../en/errors';

export const errors: Translation<typeof english> = {
    title: 'Das hat nicht geklappt',
    connection:
        'Der Server antwortet nicht. Prüfe, ob Weft läuft und du verbunden bist; die Seite macht von selbst weiter.',
    forbidden: 'Bitte einen Eigentümer dieses Coworkers oder einen Admin deiner Organisation um eine höhere Rolle.',
    notFound: 'Es wurde vielleicht gelöscht oder gehört jemand anderem. Gehe zurück und wähle etwas anderes.',
    conflict: 'Jemand oder etwas war schneller. Lade die Seite neu und sieh nach, was jetzt da ist.',
    payment: 'Ein Budget oder das Guthaben ist aufgebraucht. Ein Eigentümer kann es in den Einstellungen erhöhen.',
    tooMany: 'Zu viele Aufrufe auf einmal. Warte kurz und versuche es erneut.',
    server: 'Das ist ein Fehler des Servers. Versuche es erneut; bleibt er, gib dem Betreiber diese Nummer: {request}',
    notBuilt: 'Diese Version von Weft hat das noch nicht.',
    fields: 'Berichtige, was markiert ist, und versuche es erneut.',
    page: 'Die Seite ist ausgefallen. Lade sie neu.',
};
