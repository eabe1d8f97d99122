import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, type Schemas, urlOf } from './client';

export type Customer = Schemas['Customer'];
export type Charge = Schemas['CreditCharge'];
export type ChargeFilter = { project?: string; model?: string; operation?: string; from?: string; to?: string };

/** What the server writes where there is no limit. */
export const no_limit = 1_000_000_000;
const page_size = 50;

export const customerQuery = queryOptions({
    queryKey: ['customer'],
    queryFn: ({ signal }) => api.get('/customer', { signal }),
});

const asQuery = ({ project, operation, ...filter }: ChargeFilter) => ({
    ...filter,
    operation: operation as Charge['operation'] | undefined,
    projectID: project,
});

/** What was charged, newest first. */
export const chargesQuery = (filter: ChargeFilter) =>
    infiniteQueryOptions({
        queryKey: ['charges', filter],
        queryFn: ({ signal, pageParam }) =>
            api.get('/customer/credit_history', {
                query: { ...asQuery(filter), limit: page_size, after: pageParam },
                signal,
            }),
        initialPageParam: undefined as string | undefined,
        getNextPageParam: ({ data }) => (data.length === page_size ? data.at(-1)?._id : undefined),
    });

/** All rows that the filter chooses, as a file. */
export const chargesFileUrl = (filter: ChargeFilter) =>
    urlOf('/customer/credit_history', {}, { ...asQuery(filter), format: 'csv' });
