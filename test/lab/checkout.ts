import { fileURLToPath } from 'node:url';

/** Absolute path of a file of this checkout. Holds for this source and for its bundles in build/lab, equally deep. */
export function inCheckout(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
