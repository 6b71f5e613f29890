import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A path in the checkout, found from this module and from a bundle of it alike. */
export function inRepository(path: string): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'package.json'))) {
    if (directory === dirname(directory)) {
      throw new Error('this module lies in no checkout');
    }
    directory = dirname(directory);
  }
  return join(directory, path);
}
