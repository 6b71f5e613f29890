import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * npm packages of which something is in the bundles, by what esbuild says went in (build/metafile*.json): name,
 * version, licence and integrity (from the lock file), and their directory below the checkout. Sorted.
 */
export function bundledPackages(root) {
  const metafiles = readdirSync(join(root, 'build')).filter((name) => /^metafile.*\.json$/.test(name));
  const outputs = metafiles.flatMap((name) => {
    return Object.values(JSON.parse(readFileSync(join(root, 'build', name), 'utf8')).outputs);
  });
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const directories = new Set();
  for (const output of outputs) {
    for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
      const directory = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
      if (directory !== undefined && bytesInOutput > 0) directories.add(directory);
    }
  }
  return [...directories].sort().map((directory) => {
    const { version, integrity, license } = packages[directory];
    return { name: directory.replace(/^.*node_modules\//, ''), version, integrity, license, directory };
  });
}

/**
 * The two Node.js binaries: name, version, licence, where they come from and the hash of that. By the lock file of their
 * own; or, in a directory that scripts/package/fetch-node.sh filled, by what it noted there.
 */
export function runtimes(root, directory) {
  const noted = directory === undefined ? undefined : join(directory, 'sources.json');
  if (noted !== undefined && existsSync(noted)) {
    return JSON.parse(readFileSync(noted, 'utf8')).map((source) => ({ ...source, license: 'MIT' }));
  }
  const { packages } = JSON.parse(readFileSync(join(root, 'scripts/package/package-lock.json'), 'utf8'));
  return Object.entries(packages)
    .filter(([directory]) => directory !== '')
    .map(([directory, { version, integrity, license }]) => {
      const name = directory.replace('node_modules/', '');
      const url = `https://registry.npmjs.org/${name}/-/${name}-${version}.tgz`;
      return { name, version, url, license, ...hashOf(integrity) };
    });
}

/** npm writes `sha512-` and base64, CycloneDX `SHA-512` and hexadecimal. */
export function hashOf(integrity) {
  const [algorithm, hash] = integrity.split('-');
  return {
    algorithm: algorithm.replace('sha', 'SHA-'),
    hash: Buffer.from(hash, 'base64').toString('hex'),
  };
}
