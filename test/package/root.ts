import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommandResult, runCommand } from '../lab/hosts/machine/command.ts';
import { mountDisk, removeDisk } from '../lab/hosts/machine/disk.ts';
import { packagesDirectory, shell } from './built-packages.ts';

/** A copy of this machine's root, in memory, in which packages may be installed. systemd does not run in it. */
export interface Root {
  /** Its path on this machine. */
  readonly path: string;
  /** Runs a shell script in it, as root, without the caller's variables. */
  run(script: string, env?: Readonly<Record<string, string>>): Promise<CommandResult>;
  /** Every file, link and directory that was made or changed in it, by path. */
  changed(): Promise<string[]>;
  remove(): Promise<void>;
}

/** The packages under test are in /packages, as links but for SHA256SUMS. */
export async function makeRoot(): Promise<Root> {
  const directory = mkdtempSync(join(tmpdir(), 'root-'));
  const path = await mountDisk(directory, '/');
  await shell(
    `mount -t proc proc "$1/proc"; mount --rbind /dev "$1/dev"; mkdir -p "$1/tmp" "$1/run"; chmod 1777 "$1/tmp"
     mkdir "$1/built" "$1/packages"; mount --bind "$2" "$1/built"
     chroot "$1" sh -c 'ln -s /built/* /packages; rm /packages/SHA256SUMS; cp /built/SHA256SUMS /packages'
     # This machine may have one installed.
     rm -f "$1/usr/bin/aws" "$1/usr/local/bin/aws"`,
    [path, packagesDirectory],
  );
  return {
    path,
    run: (script, env = {}) =>
      runCommand(['chroot', path, 'sh', '-euc', script], {
        timeout: 110_000,
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LC_ALL: 'C', ...env },
      }),
    // What was removed of this machine's own leaves a device there.
    changed: async () =>
      (await shell('cd "$1/upper"; find . -not -type c | sort', [directory])).trim().split('\n'),
    remove: async () => {
      // What was started in it and stays, as gpg's agent does.
      await shell(
        'cd /proc; for pid in [0-9]*; do [ "$(readlink "$pid/root")" != "$1" ] || kill -s KILL "$pid" || :; done',
        [path],
      );
      await runCommand(['umount', '--recursive', join(path, 'dev'), join(path, 'proc'), join(path, 'built')]);
      await removeDisk(directory);
    },
  };
}
