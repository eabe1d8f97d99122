import type { Translation } from '..';
import type { overview as english } from '../en/overview';

export const overview: Translation<typeof english> = {
    title: 'Übersicht',
};
