import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identify, isAlive, type ProcessIdentity } from './processes.ts';

/** What a temporary directory of the lab is for. */
export type DirectoryPurpose = 'engine' | 'embedded' | 'rehearsal';

/** After this long, a directory whose owner cannot be looked up from here counts as left behind. */
const unknownOwnerMs = 6 * 3_600_000;

/**
 * Makes a temporary directory that notes which process owns it. Short: Unix socket paths end at 107 bytes. Its name
 * is unique over all namespaces of this machine, because an Engine's cgroup is named after it.
 */
export function claimDirectory(purpose: DirectoryPurpose): string {
  const name = `ecs-privatelinkd-${purpose}-${randomBytes(5).toString('hex')}`;
  const directory = join(tmpdir(), name);
  mkdirSync(directory);
  writeFileSync(join(directory, 'owner.json'), JSON.stringify(identify(process.pid)));
  return directory;
}

/** Directories of that purpose whose owner ended without removing them. */
export function leftDirectories(purpose: DirectoryPurpose): string[] {
  return readdirSync(tmpdir())
    .filter((name) => name.startsWith(`ecs-privatelinkd-${purpose}-`))
    .map((name) => join(tmpdir(), name))
    .filter(isLeft);
}

function isLeft(directory: string): boolean {
  const owner = readOwner(directory);
  // Undefined too where the owner lives in another pid namespace.
  const alive = owner && isAlive(owner);
  return alive === undefined ? Date.now() - statSync(directory).mtimeMs > unknownOwnerMs : !alive;
}

function readOwner(directory: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, 'owner.json'), 'utf8'));
  } catch {
    return undefined;
  }
}
