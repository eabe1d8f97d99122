import type { Translation } from '..';
import type { history as english } from '../en/history';

export const history: Translation<typeof english> = {
    title: 'Verlauf',
};
