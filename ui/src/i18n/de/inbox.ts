import type { Translation } from '..';
import type { inbox as english } from '../en/inbox';

export const inbox: Translation<typeof english> = {
    title: 'Eingang',
    emptyTitle: 'Nichts wartet auf dich',
    emptyText: 'Wenn ein Coworker eine Freigabe, eine Antwort oder eine Entscheidung braucht, fragt er hier.',
    question: 'Frage',
    from: 'Von',
    status: 'Status',
    asked: 'Gefragt',
};
