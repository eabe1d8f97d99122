import type { Translation } from '..';
import type { coworkers as english } from '../en/coworkers';

export const coworkers: Translation<typeof english> = {
    title: 'Coworker',
    lead: 'Jeder hat Abläufe, Daten und einen Eingang und arbeitet für dich.',
    create: 'Neuer Coworker',
    emptyTitle: 'Noch keine Coworker',
    emptyText: 'Ein Coworker besitzt Abläufe und arbeitet sie ab; das Sagen hast du. Lege den ersten an.',
    emptyTextViewer: 'Bitte einen Admin deiner Organisation, dich zu einem hinzuzufügen.',
    name: 'Name',
    role: 'Rolle',
    rolePlaceholder: 'Recruiter',
    description: 'Was er tut',
    createSubmit: 'Coworker anlegen',
    live: { one: '{count} läuft', other: '{count} laufen' },
    idle: 'Ruht',
    inbox: { one: '{count} braucht dich', other: '{count} brauchen dich' },
    inboxEmpty: 'Eingang leer',
    never: 'Noch nicht gelaufen',
    hire: 'Coworker einstellen',
    hireOnly: 'Nur einstellen',
    hireAndTry: 'Einstellen und ausprobieren',
    permissions: 'Was er darf',
    rehearsal:
        'Er beginnt mit dem Probemodell: kostenlos, und nichts verlässt deinen Rechner. Gib seinen Agenten später ein anderes Modell.',
    nameTaken: 'Es gibt einen Coworker mit diesem Namen.',
    back: 'Zurück',
    stepProject: '„{name}“ anlegen',
    stepInstall: 'Ablauf, Tabellen und Skills mitbringen',
    stepUpload: 'Beispieldokument hochladen',
    stepStart: 'Starten',
};
