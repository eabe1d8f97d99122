import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from './fixtures.ts';

test('schema.d.ts is what the server says of its API', ({ server }) => {
    const folder = mkdtempSync(join(tmpdir(), 'weft-types-'));
    const made = join(folder, 'schema.d.ts');
    execFileSync(process.execPath, ['tools/types.ts', made], {
        env: { ...process.env, OPENAPI: `${server.base}/openapi.json` },
    });
    const is_same = readFileSync(made, 'utf8') === readFileSync('src/api/schema.d.ts', 'utf8');
    rmSync(folder, { recursive: true });
    // Not toEqual: its difference would be as long as the file.
    expect(is_same, 'WEFT_SERVER=… npm run types writes it anew').toBe(true);
});
