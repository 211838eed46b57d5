// Makes one C++ file of the built page: every file with #embed, as it is, with gzip and with brotli.
//
// usage: node pack.mjs FOLDER_OF_THE_BUILT_PAGE OUTPUT.cpp
// The compressed forms are written beside the files; the C++ names all of them relative to itself and is only touched when
// something changed, so that nothing is compiled for nothing.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const types = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
};

const [folder, output] = process.argv.slice(2);

const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => statSync(path.join(folder, name)).isFile())
  .filter((name) => !/\.(?:gz|br)$/.test(name))
  .sort();

const arrays = [];
const rows = [];
for (const [index, name] of names.entries()) {
  const type = types[path.extname(name)];
  if (!type) throw new Error(`pack.mjs knows no media type for ${name}`);
  const bytes = readFileSync(path.join(folder, name));
  const forms = {
    plain: embed(`plain_${index}`, name, bytes),
    gzip: compressed(`gzip_${index}`, name, 'gz', bytes, gzipSync(bytes, { level: 9 })),
    brotli: compressed(`brotli_${index}`, name, 'br', bytes, smallest(bytes)),
  };
  const hash = digest(bytes);
  const hashedName = /^assets\/.+-[\w-]{8}\.\w+$/.test(name);
  const fields = Object.entries(forms).map(([form, array]) => `.${form} = ${array}`);
  rows.push(`    {.path = "${name}", .type = "${type}", .hash = "${hash}", .hashed_name = ${hashedName}, ${fields.join(', ')}},`);
}

const source = `// Written by web/scripts/pack.mjs.
#include "api/page.hpp"

namespace entente::api {

namespace {

${arrays.join('\n')}
constexpr PageFile files[] = {
${rows.join('\n')}
};

}  // namespace

std::span<const PageFile> page_files() { return files; }

}  // namespace entente::api
`;
if (!existsSync(output) || readFileSync(output, 'utf8') !== source) writeFileSync(output, source);

function compressed(array, name, ending, bytes, packed) {
  if (packed.length > bytes.length * 0.95) return '{}';
  writeFileSync(path.join(folder, `${name}.${ending}`), packed);
  return embed(array, `${name}.${ending}`, packed);
}

// The digest in the text makes the C++ change with the bytes, whatever a compiler cache knows about #embed.
function embed(array, name, bytes) {
  const address = path.relative(path.dirname(output), path.join(folder, name));
  arrays.push(`constexpr unsigned char ${array}[] = {  // ${digest(bytes)}\n#embed "${address}"\n};\n`);
  return array;
}

function smallest(bytes) {
  return brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
}

function digest(bytes) {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 32);
}
