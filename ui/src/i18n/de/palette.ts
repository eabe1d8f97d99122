import type { Translation } from '..';
import type { palette as english } from '../en/palette';

export const palette: Translation<typeof english> = {
    title: 'Befehlspalette',
    placeholder: 'Wohin, oder was tun?',
    nothing: 'Nichts passt.',
    goTo: 'Gehe zu',
    coworkers: 'Coworker',
    actions: 'Aktionen',
    general: 'Allgemein',
    openPalette: 'Befehlspalette öffnen',
    openShortcuts: 'Diese Liste zeigen',
};
