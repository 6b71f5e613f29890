// Whether the Node.js that is shipped has the last security release that is known (node-security.json).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runtimes } from './bundled-packages.mjs';

export function readSecurity(root) {
  return JSON.parse(readFileSync(join(root, 'scripts/package/node-security.json'), 'utf8'));
}

/**
 * What speaks against shipping this version; undefined when nothing does. `accept` is whether what was accepted by hand
 * counts.
 */
export function whyNotShipped(version, security, { accept }) {
  const { securityRelease, fixed, accepted } = security;
  const first = fixed.find((one) => major(one) === major(version));
  if (first !== undefined && !isOlder(version, first)) return undefined;
  const isAccepted = accepted.some(
    (one) => one.version === version && one.securityRelease === securityRelease,
  );
  if (accept && isAccepted) return undefined;
  return first === undefined
    ? `Node.js ${version} is of a line that the security release of ${securityRelease} does not name`
    : `Node.js ${version} lacks the security release of ${securityRelease}, which ${first} has`;
}

/** What is wrong with the pinned versions and the one for releases, a line each. */
export function securityProblems(root) {
  const security = readSecurity(root);
  const pinned = runtimes(root).map(({ version }) => version);
  const needless = security.accepted.filter(
    (one) => !pinned.includes(one.version) || one.securityRelease !== security.securityRelease,
  );
  return [
    ...pinned.map((version) => whyNotShipped(version, security, { accept: true })),
    whyNotShipped(security.release, security, { accept: false }),
    ...needless.map(
      ({ version }) => `node-security.json accepts ${version}, which is not what is pinned now`,
    ),
    ...(new Set(pinned).size > 1 ? [`the architectures differ: ${pinned.join(', ')}`] : []),
  ].filter((problem) => problem !== undefined);
}

function major(version) {
  return version.split('.')[0];
}

function isOlder(version, other) {
  const [ours, theirs] = [version, other].map((one) => one.split('.').map(Number));
  const index = ours.findIndex((part, at) => part !== theirs[at]);
  return index !== -1 && ours[index] < theirs[index];
}
