import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { inCheckout } from '../../checkout.ts';

/** The tree that build-tree.sh built, or undefined when it has not. */
export function findTree(): string | undefined {
  const script = inCheckout('test/lab/hosts/machine/build-tree.sh');
  const path = execFileSync(script, ['--path'], { encoding: 'utf8' }).trim();
  return existsSync(path) ? path : undefined;
}
