import type { Translation } from '..';
import type { signIn as english } from '../en/sign-in';

export const signIn: Translation<typeof english> = {
    title: 'Anmelden',
    lead: 'Deine KI-Coworker warten.',
    email: 'E-Mail',
    password: 'Passwort',
    forgot: 'Passwort vergessen?',
    with: 'Weiter mit {provider}',
    or: 'oder',
    wrong: 'E-Mail oder Passwort ist falsch.',
    wait: 'Zu viele falsche Passwörter. Warte eine Viertelstunde und versuche es erneut.',
    forgotTitle: 'Passwort zurücksetzen',
    forgotLead: 'Wir senden dir einen Link, mit dem du ein neues setzt.',
    sendLink: 'Link senden',
    sent: 'Wenn es ein Konto mit dieser Adresse gibt, ist eine Mail unterwegs.',
    askAdmin: 'Dieser Server sendet keine Mails. Bitte einen Admin deiner Organisation um einen Link.',
    back: 'Zurück zur Anmeldung',
    enterEmail: 'Gib deine E-Mail ein.',
    enterPassword: 'Gib dein Passwort ein.',
};
