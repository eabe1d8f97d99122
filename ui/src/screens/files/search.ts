/** What the address says of the list: search, tag, page, and which file is shown. */
export type FilesSearch = { q?: string; tag?: string; page?: number; file?: string };

const text = (given: unknown) =>
    typeof given === 'string' || typeof given === 'number' ? String(given) || undefined : undefined;

export const filesSearch = (search: Record<string, unknown>): FilesSearch => ({
    q: text(search.q),
    tag: text(search.tag),
    page: Number(search.page) > 1 ? Math.floor(Number(search.page)) : undefined,
    file: text(search.file),
});
