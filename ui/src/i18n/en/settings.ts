export const settings = {
    title: 'Settings',
    organizationTitle: 'Organization settings',
} as const;
