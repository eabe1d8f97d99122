// The packaged coworkers of ../marketplace as modules of the app: `virtual:coworkers` lists them, and each one's files come
// as a chunk of its own when somebody hires it. Made at build time, so that there is no second copy to keep in step.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const marketplace = fileURLToPath(new URL('../../marketplace', import.meta.url));
const list_id = 'virtual:coworkers';
const one_prefix = 'virtual:coworker/';
// Rollup's mark of a module that is no file.
const resolved = (id: string) => `\0${id}`;

function filesBelow(folder: string): string[] {
    return readdirSync(folder)
        .sort()
        .flatMap((name) => {
            const path = join(folder, name);
            return statSync(path).isDirectory() ? filesBelow(path) : [path];
        });
}

const packageIds = () =>
    readdirSync(marketplace)
        .sort()
        .filter((name) => filesBelow(join(marketplace, name)).some((path) => path.endsWith('coworker.json')));

/** What a list shows of each, and how to load the rest. */
function listModule(): string {
    const entries = packageIds().map((id) => {
        const about = readFileSync(join(marketplace, id, 'coworker.json'), 'utf8');
        const load = `() => import(${JSON.stringify(one_prefix + id)}).then((found) => found.default)`;
        return `{ id: ${JSON.stringify(id)}, ...${about}, load: ${load} }`;
    });
    return `export const coworkers = [${entries.join(',\n')}];`;
}

/** As POST /package/install takes it, and beside that the document to try it with. */
function packageModule(id: string): string {
    const folder = join(marketplace, id);
    const files: Record<string, string> = {};
    let sample: { name: string; base64: string } | null = null;
    for (const path of filesBelow(folder)) {
        const name = relative(folder, path);
        if (!name.startsWith('sample/')) files[name] = readFileSync(path, 'utf8');
        else sample ??= { name: name.slice('sample/'.length), base64: readFileSync(path).toString('base64') };
    }
    return `export default ${JSON.stringify({ files, sample })};`;
}

export function packagedCoworkers(): Plugin {
    return {
        name: 'packaged-coworkers',
        resolveId: (id) => (id === list_id || id.startsWith(one_prefix) ? resolved(id) : undefined),
        load(id) {
            if (id === resolved(list_id)) return listModule();
            if (id.startsWith(resolved(one_prefix))) return packageModule(id.slice(resolved(one_prefix).length));
        },
    };
}
