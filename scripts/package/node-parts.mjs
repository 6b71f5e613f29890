import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/**
 * Key of process.versions → what it is called elsewhere. `cpe` is vendor and product in the NVD's dictionary, where it has
 * one; `npm` where the part is published there under the same version.
 */
const known = {
  acorn: { npm: 'acorn' },
  ada: { cpe: 'ada-url:ada' },
  amaro: { npm: 'amaro' },
  ares: { name: 'c-ares', cpe: 'c-ares:c-ares' },
  brotli: { cpe: 'google:brotli' },
  icu: { cpe: 'unicode:international_components_for_unicode' },
  libffi: { cpe: 'libffi_project:libffi' },
  llhttp: { cpe: 'llhttp:llhttp' },
  nghttp2: { cpe: 'nghttp2:nghttp2' },
  openssl: { cpe: 'openssl:openssl' },
  simdjson: { cpe: 'simdjson:simdjson' },
  sqlite: { cpe: 'sqlite:sqlite' },
  undici: { npm: 'undici', cpe: 'nodejs:undici' },
  uv: { name: 'libuv', cpe: 'libuv:libuv' },
  v8: { cpe: 'google:v8' },
  zlib: { cpe: 'zlib:zlib' },
  zstd: { name: 'zstd', cpe: 'facebook:zstandard' },
};

/** Not software: Node.js itself, the numbers of its interfaces, the versions of data. */
const noParts = ['node', 'modules', 'napi', 'cldr', 'tz', 'unicode'];

/** The component of the SBOM for one of the two binaries of Node.js. */
export function nodeBinary({ name, version, url, algorithm, hash, license }, file) {
  const reference = `pkg:generic/node@${version}?arch=${name.replace('node-linux-', '')}`;
  return {
    type: 'application',
    'bom-ref': reference,
    name: 'node',
    version,
    description: `Node.js for ${name.replace('node-', '')}`,
    scope: 'required',
    // Before the build strips its symbols.
    hashes: [{ alg: 'SHA-256', content: createHash('sha256').update(readFileSync(file)).digest('hex') }],
    licenses: [{ license: { id: license } }],
    cpe: cpe('nodejs:node.js', version),
    purl: reference,
    externalReferences: [{ type: 'distribution', url, hashes: [{ alg: algorithm, content: hash }] }],
  };
}

/** The component for a part of Node.js, by its key and value in process.versions; undefined where it is none. */
export function nodePart(key, told) {
  if (told === '' || noParts.includes(key)) return undefined;
  const { name = key, npm, cpe: product } = known[key] ?? {};
  // V8 and zlib carry the mark of a patched copy, such as `-node.53`.
  const version = /^[\d.]+[a-z]?/.exec(told)?.[0] ?? told;
  const reference = npm === undefined ? `pkg:generic/${name}@${version}` : `pkg:npm/${npm}@${version}`;
  return {
    type: 'library',
    // The bundle may hold the same package from npm.
    'bom-ref': `node/${reference}`,
    name,
    version,
    scope: 'required',
    ...(product === undefined ? {} : { cpe: cpe(product, version) }),
    purl: reference,
    ...(version === told ? {} : { properties: [{ name: 'ecs-privatelinkd:process.versions', value: told }] }),
  };
}

function cpe(product, version) {
  return `cpe:2.3:a:${product}:${version}:*:*:*:*:*:*:*`;
}
