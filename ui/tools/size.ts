// Says what the first load weighs, compressed, and fails above the limit: the scripts and styles that index.html names
// and all that these import statically.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const limit_kb = 350;
const dist = new URL('../dist/', import.meta.url);
const seen = new Map<string, number>();

function add(name: string) {
    if (seen.has(name)) return;
    const bytes = readFileSync(new URL(name, dist));
    seen.set(name, gzipSync(bytes, { level: 9 }).length / 1024);
    if (!name.endsWith('.js')) return;
    const text = bytes.toString();
    for (const [, file] of text.matchAll(/(?:from|import)\s*"\.\/([\w.-]+\.js)"/g)) add(`assets/${file}`);
}

const page = readFileSync(new URL('index.html', dist), 'utf8');
for (const [, file] of page.matchAll(/(?:src|href)="\/app\/(assets\/[^"]+)"/g)) if (file) add(file);

const total = [...seen.values()].reduce((sum, each) => sum + each, 0);
for (const [name, kb] of seen) console.log(`${kb.toFixed(1).padStart(7)} KB  ${name}`);
console.log(`${total.toFixed(1).padStart(7)} KB  first load, gzip (limit ${limit_kb})`);
if (total > limit_kb) process.exit(1);
