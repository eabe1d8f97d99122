import { pageOf, textOf } from '@/app/search-params';

/** What the address says of the list: search, tag, page, and which file is shown. */
export type FilesSearch = { q?: string; tag?: string; page?: number; file?: string };

export const filesSearch = (search: Record<string, unknown>): FilesSearch => ({
    q: textOf(search.q),
    tag: textOf(search.tag),
    page: pageOf(search.page),
    file: textOf(search.file),
});
