import type { Translation } from '..';
import type { connectors as english } from '../en/connectors';

export const connectors: Translation<typeof english> = {
    title: 'Konnektoren',
};
