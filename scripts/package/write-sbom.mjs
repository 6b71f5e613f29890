// Prints the SBOM of the packages (CycloneDX 1.5, JSON): what is in the bundle and the Node.js that runs it, with the
// hashes by which npm checked them. SOURCE_DATE_EPOCH is its date.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundledPackages, runtimes } from './bundled-packages.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const { name, version, license, description } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const packages = [...bundledPackages(root), ...runtimes(root)];
const product = purl({ name, version });

const sbom = {
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  serialNumber: `urn:uuid:${uuidOf(JSON.stringify([version, packages]))}`,
  version: 1,
  metadata: {
    timestamp: new Date(Number(process.env.SOURCE_DATE_EPOCH) * 1000).toISOString(),
    component: {
      type: 'application',
      'bom-ref': product,
      name,
      version,
      description,
      licenses: [licence(license)],
      purl: product,
    },
  },
  components: packages.map(component),
  dependencies: [{ ref: product, dependsOn: packages.map(purl) }],
};
process.stdout.write(`${JSON.stringify(sbom, undefined, 2)}\n`);

function component({ name, version, integrity, license }) {
  const reference = purl({ name, version });
  const [algorithm, hash] = integrity.split('-');
  return {
    type: 'library',
    'bom-ref': reference,
    name,
    version,
    scope: 'required',
    // Of the package as the registry has it; npm writes base64, CycloneDX hexadecimal.
    hashes: [{ alg: algorithm.replace('sha', 'SHA-'), content: Buffer.from(hash, 'base64').toString('hex') }],
    licenses: [licence(license)],
    purl: reference,
  };
}

function licence(expression) {
  return /\s/.test(expression) ? { expression } : { license: { id: expression } };
}

function purl({ name, version }) {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

/** The same text gives the same one (in the form of a random UUID, version 4). */
function uuidOf(text) {
  const hex = createHash('sha256').update(text).digest('hex');
  const variant = ((Number.parseInt(hex[16], 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
