import type { Translation } from '..';
import type { settings as english } from '../en/settings';

export const settings: Translation<typeof english> = {
    title: 'Einstellungen',
    organizationTitle: 'Einstellungen der Organisation',
};
