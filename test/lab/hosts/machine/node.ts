import { existsSync, realpathSync } from 'node:fs';
import { inCheckout } from '../../checkout.ts';

/**
 * The Node.js for machines, whose libraries are another Debian's: the one that runs this, or where that needs
 * libraries of its own system, as Debian's package `nodejs` does, the one that our packages carry.
 * @throws Error when that one has not been fetched
 */
export function nodeForMachines(
  needsOwnLibraries = isSharedBuild(),
  carried = inCheckout(`build/package/runtimes/node_modules/node-linux-${process.arch}/bin/node`),
): string {
  if (!needsOwnLibraries) {
    return realpathSync(process.execPath);
  }
  if (!existsSync(carried)) {
    throw new Error(
      `${process.execPath} does not run on a machine of the lab, and ${carried} is missing: scripts/package.sh fetches it`,
    );
  }
  return carried;
}

function isSharedBuild(): boolean {
  const variables: Readonly<Record<string, unknown>> = { ...process.config.variables };
  return variables['node_shared'] === true;
}
