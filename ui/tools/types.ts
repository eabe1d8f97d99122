// Writes src/api/schema.d.ts from the server's OpenAPI document: OPENAPI is a file or an address.
import { execFileSync } from 'node:child_process';

const source = process.env.OPENAPI ?? `${process.env.WEFT_SERVER ?? 'http://127.0.0.1:8470'}/openapi.json`;
execFileSync('npx', ['openapi-typescript', source, '--output', 'src/api/schema.d.ts'], { stdio: 'inherit' });
