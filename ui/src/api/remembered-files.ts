// Which files were uploaded from this browser: what is shown while a server cannot list files.
const kept_max = 100;
const keyOf = (project: string) => `weft-files-${project}`;

/** Newest first. */
export function rememberedFiles(project: string): string[] {
    try {
        const ids: unknown = JSON.parse(localStorage.getItem(keyOf(project)) ?? '[]');
        return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [];
    } catch {
        return [];
    }
}

export function rememberFile(project: string, id: string) {
    const ids = [id, ...rememberedFiles(project).filter((each) => each !== id)].slice(0, kept_max);
    try {
        localStorage.setItem(keyOf(project), JSON.stringify(ids));
    } catch {
        // A full storage costs the memory of one file, not the file.
    }
}
