// Packs the built web app for compiling in: all bytes in one file app.pack, and app_files.cpp, which names them
// (src/api/app_files.h). Each file lies there plain and, where that is smaller, packed by gzip and brotli.
//
//   node tools/pack_ui.mjs DIST PLACE OUT      writes into OUT what will lie at PLACE
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const [dist, place, out] = process.argv.slice(2);

const media_types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
};

const parts = [];
let offset = 0;
function put(bytes) {
  const part = { offset, size: bytes.length };
  parts.push(bytes);
  offset += bytes.length;
  return part;
}

const smaller = (packed, bytes) => (packed.length < bytes.length * 0.95 ? packed : Buffer.alloc(0));

function pack(path) {
  const bytes = readFileSync(join(dist, path));
  const media_type = media_types[extname(path)];
  if (!media_type) throw new Error(`${path}: its kind has no media type in tools/pack_ui.mjs`);
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
  return {
    path,
    media_type,
    plain: put(bytes),
    gzip: put(smaller(gzipSync(bytes, { level: 9 }), bytes)),
    brotli: put(smaller(brotli, bytes)),
    etag: createHash('sha256').update(bytes).digest('hex').slice(0, 16),
  };
}

const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(join(dist, '/').length))
  .sort((a, b) => (a < b ? -1 : 1))
  .map(pack);

const view = ({ offset: at, size }) => `{weft_app_pack + ${at}, ${size}}`;
const rows = files.map(
  (file) =>
    `    {"${file.path}", "${file.media_type}",\n     ${view(file.plain)}, ${view(file.gzip)},\n     ${view(file.brotli)}, "\\"${file.etag}\\""},\n`,
);

writeFileSync(join(out, 'app.pack'), Buffer.concat(parts));
writeFileSync(
  join(out, 'app_files.cpp'),
  `#include "api/app_files.h"

asm(R"(
    .section .rodata, "a", @progbits
    .global weft_app_pack
weft_app_pack:
    .incbin "${place}/app.pack"
    .previous
)");

extern "C" const char weft_app_pack[];

namespace weft::api {

namespace {
const AppFile files[] = {
${rows.join('')}};
} // namespace

std::span<const AppFile> app_files() { return files; }

} // namespace weft::api
`,
);
