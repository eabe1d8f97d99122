// Writes src/api/schema.d.ts, or the file that is named, from the server's OpenAPI document: OPENAPI is a file or an address.
import { execFileSync } from 'node:child_process';

const source = process.env.OPENAPI ?? `${process.env.WEFT_SERVER ?? 'http://127.0.0.1:8470'}/openapi.json`;
const target = process.argv[2] ?? 'src/api/schema.d.ts';
execFileSync('npx', ['openapi-typescript', source, '--output', target], { stdio: 'inherit' });
