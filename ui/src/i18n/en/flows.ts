export const flows = {
    title: 'Flows',
    lead: 'A flow is a chain of agents.',
    emptyTitle: 'No flows yet',
    emptyText: 'A flow is a chain of agents, each with a prompt, a model and skills.',
    name: 'Name',
    agents: 'Agents',
    changed: 'Changed',
} as const;
