import type { Translation } from '..';
import type { welcome as english } from '../en/welcome';

export const welcome: Translation<typeof english> = {
    title: 'Willkommen bei Weft',
    lead: 'Lege mit dem Schlüssel, den der Server beim ersten Start gezeigt hat, das erste Konto an und melde dich an.',
};
