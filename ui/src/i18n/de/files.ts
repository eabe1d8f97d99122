import type { Translation } from '..';
import type { files as english } from '../en/files';

export const files: Translation<typeof english> = {
    title: 'Dateien',
};
