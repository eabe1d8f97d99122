import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ErrorView } from './error-view';

type QueryViewProps<T> = {
    query: UseQueryResult<T>;
    /** As high as what follows. */
    skeleton: ReactNode;
    children: (data: T) => ReactNode;
};

/** The three faces of what is read: not there yet, failed, there. What is there stays while it is read again. */
export function QueryView<T>({ query, skeleton, children }: QueryViewProps<T>) {
    if (query.data !== undefined) return children(query.data);
    if (query.error) return <ErrorView error={query.error} on_retry={() => query.refetch()} />;
    return skeleton;
}
