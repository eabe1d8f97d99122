export const runs = {
    title: 'Runs',
    emptyTitle: 'Nothing has run yet',
    emptyText: 'Start a flow, and its run shows up here while it works.',
    flow: 'Flow',
    status: 'Status',
    started: 'Started',
} as const;
