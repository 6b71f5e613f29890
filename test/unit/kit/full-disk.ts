import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inCheckout } from '../../lab/checkout.ts';

const inNamespace = ['--mount', '--map-root-user', 'sh', '-c'];

/** Whether a file system can be mounted here; many a container and Ubuntu without root refuse. CI must. */
export const canFillDisk =
  process.env['CI'] === 'true' ||
  spawnSync('unshare', [...inNamespace, 'mount -t tmpfs none /tmp'], { stdio: 'ignore' }).status === 0;

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
  try {
    const args = [...inNamespace, mount, 'sh', directory, ...program];
    return JSON.parse(execFileSync('unshare', args, { encoding: 'utf8' }));
  } finally {
    rmdirSync(directory);
  }
}
