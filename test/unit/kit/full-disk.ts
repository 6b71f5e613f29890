import { execFileSync } from 'node:child_process';
import { inCheckout } from '../../lab/checkout.ts';

/**
 * What a scene of `full-disk-scenes.ts` prints, played on a file system of its own that has room for a few pages: in a
 * mount namespace, so that nothing of it outlives the call.
 */
export function onFullDisk(scene: string): unknown {
  const mount = 'dir=$(mktemp -d) && mount -t tmpfs -o size=64k none "$dir" && exec "$@" "$dir"';
  const program = [
    process.execPath,
    inCheckout('test/lab/run-typescript.mjs'),
    inCheckout('test/unit/kit/full-disk-scenes.ts'),
    scene,
  ];
  const namespace = ['--mount', '--map-root-user', 'sh', '-c', mount, 'sh', ...program];
  return JSON.parse(execFileSync('unshare', namespace, { encoding: 'utf8' }));
}
