export const history = {
    title: 'History',
    lead: 'Every execution, also those that a flow or a failure has set off.',
    export: 'Export CSV',
    anyFlow: 'All flows',
    filterByFlow: 'Filter by flow',
    steps: 'Steps',
    emptyTitle: 'No history yet',
    emptyText: 'Each run leaves its steps, its cost and its result here, for as long as you keep them.',
    noneTitle: 'Nothing matches',
    noneText: 'No execution has this status and this flow.',
    showAll: 'Show everything',
} as const;
