// Texts by key, typed from English. `t('tables.count', { count: 3 })`. A language is chosen once, before the first
// render: choosing another one loads the page anew, so texts need no subscription and work outside of components too.
import type { en } from './en';

export type Language = 'en' | 'de';
export const languages: readonly { id: Language; name: string }[] = [
    { id: 'en', name: 'English' },
    { id: 'de', name: 'Deutsch' },
];

/** A text in as many forms as the language has. English has one and other; a language may have more. */
type Plural = { readonly one?: string; readonly other: string };
/** What another language must bring for an English file: the same keys, each a text or a plural as there. */
export type Translation<T> = { readonly [K in keyof T]: T[K] extends string ? string : Plural };

type Dictionaries = typeof en;
type AreaKey<A extends keyof Dictionaries> = `${A}.${keyof Dictionaries[A] & string}`;
export type Key = { [A in keyof Dictionaries]: AreaKey<A> }[keyof Dictionaries];

type TextOf<K extends Key> = K extends `${infer A extends keyof Dictionaries}.${infer N}`
    ? N extends keyof Dictionaries[A]
        ? Dictionaries[A][N]
        : never
    : never;
type Names<S> = S extends `${string}{${infer N}}${infer Rest}` ? N | Names<Rest> : never;
type ParamNames<T> = T extends { other: infer O } ? 'count' | Names<O> : Names<T>;
type Params<K extends Key> = [ParamNames<TextOf<K>>] extends [never]
    ? []
    : [params: Record<ParamNames<TextOf<K>>, string | number>];

const storage_key = 'weft-language';

function chosenLanguage(): Language {
    const wanted = [localStorage.getItem(storage_key) ?? '', ...navigator.languages];
    for (const each of wanted) {
        const found = languages.find(({ id }) => id === each.slice(0, 2));
        if (found) return found.id;
    }
    return 'en';
}

export const language: Language = chosenLanguage();
const plural_rules = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(language);
let texts: Record<string, Record<string, string | Plural>> = {};

/** Before the first render. */
export async function loadTexts() {
    document.documentElement.lang = language;
    texts = language === 'de' ? (await import('./de')).de : (await import('./en')).en;
}

export function chooseLanguage(next: Language) {
    localStorage.setItem(storage_key, next);
    window.location.reload();
}

export function t<K extends Key>(key: K, ...[params]: Params<K>): string {
    const dot = key.indexOf('.');
    const found = texts[key.slice(0, dot)]?.[key.slice(dot + 1)];
    if (found === undefined) return key;
    const values: Record<string, string | number> = params ?? {};
    const text = typeof found === 'string' ? found : pluralForm(found, Number(values.count));
    return text.replace(/\{(\w+)\}/g, (whole, name) => {
        const value = values[name];
        return typeof value === 'number' ? numbers.format(value) : (value ?? whole);
    });
}

function pluralForm(forms: Plural, count: number): string {
    return (plural_rules.select(count) === 'one' && forms.one) || forms.other;
}
