import { readFileSync } from 'node:fs';

/** Whether this machine has ::1; many a container has no IPv6. CI must. */
export const hasIpv6Loopback = process.env['CI'] === 'true' || isIn('/proc/net/if_inet6');

function isIn(file: string): boolean {
  try {
    return readFileSync(file, 'latin1').includes(`${'0'.repeat(31)}1 `);
  } catch {
    return false;
  }
}
