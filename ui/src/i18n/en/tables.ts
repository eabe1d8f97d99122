export const tables = {
    title: 'Tables',
    lead: 'Structured data that agents and people share.',
    create: 'New table',
    rename: 'Rename',
    renameOf: 'Rename {name}',
    emptyTitle: 'No tables yet',
    emptyText:
        'Agents read and write tables as they work, and you can too: candidates, invoices, leads. A change of a row can start a flow.',
    name: 'Name',
    columns: 'Columns',
    columnsHint: 'One per line or with commas. They begin as text; you can change that later.',
    changed: 'Changed',
    created: 'Table “{name}” created',
    createSubmit: 'Create table',
} as const;
