export const palette = {
    title: 'Command palette',
    placeholder: 'Go to, or do…',
    nothing: 'Nothing fits.',
    goTo: 'Go to',
    coworkers: 'Coworkers',
    actions: 'Actions',
    general: 'General',
    openPalette: 'Open the command palette',
    openShortcuts: 'Show this sheet',
} as const;
