// Prints the SBOM of the packages (CycloneDX 1.5, JSON): node scripts/package/write-sbom.mjs RUNTIMES
// What is in the bundle, with the hashes by which npm checked it; the Node.js that runs it, which lies in RUNTIMES; and
// what that holds, by names under which scanners find it. SOURCE_DATE_EPOCH is its date.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundledPackages, hashOf, runtimes } from './bundled-packages.mjs';
import { nodeBinary, nodePart } from './node-parts.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const { name, version, license, description } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const runtimesDirectory = process.argv[2];
const packages = bundledPackages(root);
const binaries = runtimes(root, runtimesDirectory);
const parts = partsOfNode();
const product = purl({ name, version });
const components = [
  ...packages.map(npmPackage),
  ...binaries.map((binary) => nodeBinary(binary, binaryFile(binary))),
  ...parts,
];
const partReferences = parts.map((part) => part['bom-ref']);

const sbom = {
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  serialNumber: `urn:uuid:${uuidOf(JSON.stringify([version, components]))}`,
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
  components,
  dependencies: [
    {
      ref: product,
      dependsOn: components.map((one) => one['bom-ref']).filter((one) => !partReferences.includes(one)),
    },
    ...components
      .filter(({ name }) => name === 'node')
      .map((node) => ({ ref: node['bom-ref'], dependsOn: partReferences })),
  ],
};
process.stdout.write(`${JSON.stringify(sbom, undefined, 2)}\n`);

/** Both are built from the same sources; the one for this machine can be asked. */
function partsOfNode() {
  const versions = new Set(binaries.map(({ version }) => version));
  if (versions.size !== 1) throw new Error(`the Node.js of the architectures differ: ${[...versions]}`);
  const own = binaryFile({ name: `node-linux-${process.arch}` });
  const told = JSON.parse(
    execFileSync(own, ['-p', 'JSON.stringify(process.versions)'], { env: {}, encoding: 'utf8' }),
  );
  if (!versions.has(told.node)) throw new Error(`${own} is Node.js ${told.node}, not ${[...versions]}`);
  return Object.entries(told).flatMap(([key, version]) => nodePart(key, version) ?? []);
}

function binaryFile({ name }) {
  return join(runtimesDirectory, 'node_modules', name, 'bin/node');
}

function npmPackage({ name, version, integrity, license }) {
  const { algorithm, hash } = hashOf(integrity);
  const reference = purl({ name, version });
  return {
    type: 'library',
    'bom-ref': reference,
    name,
    version,
    scope: 'required',
    // Of the package as the registry has it.
    hashes: [{ alg: algorithm, content: hash }],
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
