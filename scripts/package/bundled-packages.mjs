import { readdirSync, readFileSync } from 'node:fs';
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

/** The two Node.js binaries, from the lock file of their own. */
export function runtimes(root) {
  const { packages } = JSON.parse(readFileSync(join(root, 'scripts/package/package-lock.json'), 'utf8'));
  return Object.entries(packages)
    .filter(([directory]) => directory !== '')
    .map(([directory, { version, integrity, license }]) => {
      return { name: directory.replace('node_modules/', ''), version, integrity, license };
    });
}
