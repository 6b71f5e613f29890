import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, readlinkSync } from 'node:fs';

/** What systemd-nspawn boots, and in which surroundings. */
export interface BootRequest {
  readonly root: string;
  readonly hostname: string;
  /** The machine's cgroup in each hierarchy. */
  readonly cgroups: readonly string[];
  /** Files or directories of the host, by the path at which the machine sees them, read-only. */
  readonly binds: Readonly<Record<string, string>>;
  /** File to which the console is appended. */
  readonly consoleFile: string;
}

/** The environment of programs run by root on the machine. */
export const rootEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
};

/** systemd-nspawn's exit code after `systemctl reboot` (with --keep-unit it leaves the next boot to its caller). */
export const rebootExitCode = 133;

/** Starts systemd-nspawn in the current network namespace. The process ends when the machine does. */
export function spawnNspawn({ root, hostname, cgroups, binds, consoleFile }: BootRequest): ChildProcess {
  const nspawn = [
    'systemd-nspawn',
    `--directory=${root}`,
    `--machine=${hostname}`,
    '--network-namespace-path=/proc/self/ns/net',
    '--register=no',
    '--keep-unit',
    '--capability=all',
    '--system-call-filter=@keyring bpf mount add_key keyctl',
    '--resolv-conf=off',
    '--link-journal=no',
    '--console=pipe',
    ...Object.entries(binds).map(([inside, outside]) => `--bind-ro=${outside}:${inside}`),
    '--boot',
    // systemd 256 and newer refuse cgroup version 1, which the host may have, unless they are told.
    'SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1',
  ];
  // The shell enters the cgroups, then becomes systemd-nspawn, which dies with this process.
  const enter =
    'n=$1; shift; while [ "$n" -gt 0 ]; do echo 0 >"$1/cgroup.procs"; shift; n=$((n - 1)); done; exec "$@"';
  const log = openSync(consoleFile, 'a');
  try {
    return spawn(
      'setpriv',
      ['--pdeathsig', 'KILL', 'sh', '-ec', enter, 'sh', String(cgroups.length), ...cgroups, ...nspawn],
      {
        stdio: ['ignore', log, log],
        detached: true,
        env: { ...rootEnvironment, SYSTEMD_NSPAWN_API_VFS_WRITABLE: '1' },
      },
    );
  } finally {
    closeSync(log);
  }
}

/** The machine's systemd: the child that is the first process of a pid namespace of its own and has become systemd. */
export function firstProcessOf(nspawn: ChildProcess): number | undefined {
  if (nspawn.exitCode !== null) {
    throw new Error(`systemd-nspawn ended with ${nspawn.exitCode}`);
  }
  const children = readFileSync(`/proc/${nspawn.pid}/task/${nspawn.pid}/children`, 'latin1');
  return children
    .split(' ')
    .filter(Boolean)
    .map(Number)
    .find(
      (pid) =>
        readlinkSync(`/proc/${pid}/ns/pid`) !== readlinkSync('/proc/self/ns/pid') &&
        readFileSync(`/proc/${pid}/comm`, 'latin1') === 'systemd\n',
    );
}
