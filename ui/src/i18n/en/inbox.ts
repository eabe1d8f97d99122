export const inbox = {
    title: 'Inbox',
    emptyTitle: 'Nothing waits for you',
    emptyText: 'When a coworker needs an approval, an answer or a decision, it asks here.',
    question: 'Question',
    from: 'From',
    status: 'Status',
    asked: 'Asked',
} as const;
