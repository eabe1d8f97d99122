import type { Condition } from '@/api/records';
import { pageOf, textOf } from '@/app/search-params';

/** What the address says of the grid. What is as usual is left out of it. */
export type TableSearch = {
    page?: number;
    size?: number;
    /** A column's id, with - before it from the largest down. */
    sort?: string;
    q?: string;
    filters?: Condition[];
};

export const page_sizes = [50, 100, 200] as const;

function isCondition(given: unknown): given is Condition {
    if (typeof given !== 'object' || given === null) return false;
    return 'field' in given && typeof given.field === 'string' && 'operator' in given;
}

export const tableSearch = (search: Record<string, unknown>): TableSearch => {
    const filters = Array.isArray(search.filters) ? search.filters.filter(isCondition) : [];
    return {
        page: pageOf(search.page),
        size: page_sizes.find((size) => size === search.size && size !== page_sizes[0]),
        sort: textOf(search.sort),
        q: textOf(search.q),
        filters: filters.length > 0 ? filters : undefined,
    };
};
