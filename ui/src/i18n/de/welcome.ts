import type { Translation } from '..';
import type { welcome as english } from '../en/welcome';

export const welcome: Translation<typeof english> = {
    title: 'Willkommen bei Weft',
    lead: 'Leg das erste Konto an. Ihm gehört alles auf diesem Server, und es lädt die anderen ein.',
    key: 'Schlüssel des ersten Starts',
    keyHint: 'Der Server hat ihn gezeigt, als er zum ersten Mal gestartet wurde.',
    keyThere: 'Der Schlüssel des ersten Starts kam mit dem Link.',
    keyRefused:
        'Der Server nimmt diesen Schlüssel nicht. Kopiere ihn noch einmal aus der Ausgabe des Servers, oder erzeuge einen mit „weft apikey create“.',
    enterKey: 'Füge den Schlüssel ein.',
    name: 'Dein Name',
    makeOwner: 'Konto anlegen',
    hello: 'Hallo, {name}',
    beginLead: 'Alles ist bereit. Womit möchtest du anfangen?',
    sample: 'Einem bei der Arbeit zusehen',
    sampleText:
        'Stell einen fertigen Coworker ein und lass ihn ein Beispieldokument lesen: kostenlos, ohne Netz, in unter einer Minute.',
    sampleDeed: 'Mit einem fertigen beginnen',
    empty: 'Einen eigenen anlegen',
    emptyText: 'Ein leerer Coworker, dessen Abläufe du selbst schreibst.',
    emptyDeed: 'Coworker anlegen',
    models: 'Ein Sprachmodell verbinden',
    modelsText: 'Mit einem Schlüssel von OpenAI, Anthropic, Google und anderen, oder einem Modell auf deinem Rechner.',
    modelsDeed: 'Schlüssel hinzufügen',
    later: 'Nicht jetzt: zu den Coworkern',
    joinTitle: 'Deinem Team beitreten',
    joinLead: 'Du bist eingeladen, mit KI-Coworkern zu arbeiten.',
    joinWithout:
        'In dieser Adresse steckt keine Einladung. Öffne den ganzen Link, den du bekommen hast, oder bitte um einen neuen.',
    joinEmail: 'Die eingeladene. Wenn du hier ein Konto hast, nimm dessen Passwort.',
    join: 'Beitreten',
    joinWrong: 'Es gibt ein Konto mit dieser E-Mail, und das ist nicht sein Passwort.',
    joinUsed: 'Diese Einladung gilt für eine andere E-Mail, wurde benutzt oder ist abgelaufen. Bitte um eine neue.',
    toSignIn: 'Ich habe ein Konto: anmelden',
    resetTitle: 'Neues Passwort setzen',
    resetLead: 'Es beendet alle offenen Sitzungen.',
    resetDeed: 'Passwort setzen',
    resetDone: 'Das Passwort ist gesetzt. Melde dich damit an.',
    resetUsed: 'Dieser Link wurde benutzt oder ist abgelaufen. Bitte um einen neuen.',
    resetWithout: 'In dieser Adresse steckt kein Token. Öffne den ganzen Link, den du bekommen hast.',
};
