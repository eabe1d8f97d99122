export const connectors = {
    title: 'Connectors',
    emptyTitle: 'No connectors yet',
    emptyText: 'A connector is an account or service that agents may use.',
    name: 'Name',
    category: 'Category',
    status: 'Status',
} as const;
