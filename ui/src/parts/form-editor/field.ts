import type { InputField } from '@/api/settings';
import { t } from '@/i18n';

/** One field of a form that people fill in. Forms differ in which kinds they take. */
export type FormField<K extends string = string> = Omit<InputField, 'kind'> & {
    kind: K;
    /** What whoever keeps the form knows of it beside that. */
    rest?: object;
};

export const input_kinds = [
    'short_text',
    'long_text',
    'option',
    'list',
    'date_time',
    'file',
    'table',
] as const satisfies readonly InputField['kind'][];

export function kindName(kind: string): string {
    switch (kind) {
        case 'short_text':
            return t('forms.shortText');
        case 'long_text':
            return t('forms.longText');
        case 'number':
            return t('forms.number');
        case 'boolean':
            return t('forms.yesOrNo');
        case 'option':
            return t('forms.option');
        case 'list':
            return t('forms.list');
        case 'date_time':
            return t('forms.dateTime');
        case 'file':
            return t('forms.file');
        case 'table':
            return t('forms.table');
        default:
            return kind;
    }
}
