import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A new directory; in the lab's namespace below the namespace's own, which goes when the namespace does. */
export function makeTemporaryDirectory(purpose: string): Promise<string> {
  const resolvConf = process.env['ECS_PRIVATELINKD_LAB_RESOLV_CONF'];
  return mkdtemp(
    join(resolvConf === undefined ? tmpdir() : dirname(resolvConf), `ecs-privatelinkd-${purpose}-`),
  );
}
