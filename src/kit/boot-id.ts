import { readFileSync } from 'node:fs';

/** Tells this boot of the host from every other. */
export function readBootId(procDir: string): string {
  return readFileSync(`${procDir}/sys/kernel/random/boot_id`, 'latin1').trim();
}
