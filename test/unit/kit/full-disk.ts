import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inCheckout } from '../../lab/checkout.ts';

/**
 * What a scene of `full-disk-scenes.ts` prints, played on a file system of its own that has room for a few pages: in a
 * mount namespace, so that nothing of it outlives the call.
 */
export function onFullDisk(scene: string): unknown {
  const directory = mkdtempSync(join(tmpdir(), 'full-disk-'));
  const mount = 'dir=$1 && shift && mount -t tmpfs -o size=64k none "$dir" && exec "$@" "$dir"';
  const program = [
    process.execPath,
    inCheckout('test/lab/run-typescript.mjs'),
    inCheckout('test/unit/kit/full-disk-scenes.ts'),
    scene,
  ];
  const namespace = ['--mount', '--map-root-user', 'sh', '-c', mount, 'sh', directory, ...program];
  try {
    return JSON.parse(execFileSync('unshare', namespace, { encoding: 'utf8' }));
  } finally {
    rmdirSync(directory);
  }
}
