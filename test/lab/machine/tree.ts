import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The tree that build-tree.sh built, or undefined when it has not. */
export function findTree(): string | undefined {
  const script = fileURLToPath(new URL('build-tree.sh', import.meta.url));
  const path = execFileSync(script, ['--path'], { encoding: 'utf8' }).trim();
  return existsSync(path) ? path : undefined;
}
