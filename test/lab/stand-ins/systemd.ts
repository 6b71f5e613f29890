import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a host without systemd shows of one unit: a `systemctl` that knows it, and the control group of its process. */
export interface StandInSystemd {
  /** Directory of `systemctl`, for PATH. */
  readonly programs: string;
  /** Makes the process the main process of the unit, until it ends. */
  run(pid: number): void;
}

/** Answers `show`, and starts and stops nothing. */
const systemctl = `#!/bin/sh
set -eu
here=$(dirname "$0")
read -r unit <"$here/unit"
read -r pid <"$here/pid"
while [ "$1" != -- ]; do shift; done
verb=$2 which=$3
if [ "$verb" != show ]; then
  echo "Failed to $verb $which: this host has no systemd" >&2
  exit 1
fi
if [ "$which" != "$unit" ] && [ "$which" != '*.service' ]; then
  printf '%s\\n' "Id=$which" LoadState=not-found ActiveState=inactive SubState=dead
elif [ "$pid" = 0 ]; then
  printf '%s\\n' "Id=$unit" LoadState=not-found ActiveState=inactive SubState=dead
elif grep -q '^State:[[:space:]]*[^ZX]' "/proc/$pid/status" 2>/dev/null; then
  printf '%s\\n' "Id=$unit" LoadState=loaded ActiveState=active SubState=running "MainPID=$pid" \\
    "ControlGroup=/system.slice/$unit"
else
  printf '%s\\n' "Id=$unit" LoadState=loaded ActiveState=inactive SubState=dead
fi
`;

/** @param parent a directory that every user may read */
export function startStandInSystemd(unit: string, parent: string): StandInSystemd {
  const programs = join(parent, 'systemd');
  mkdirSync(programs, { recursive: true });
  writeFileSync(join(programs, 'unit'), `${unit}\n`);
  writeFileSync(join(programs, 'pid'), '0\n');
  writeFileSync(join(programs, 'systemctl'), systemctl);
  chmodSync(join(programs, 'systemctl'), 0o755);
  return {
    programs,
    run: (pid) => {
      const controlGroup = join(programs, 'cgroup');
      writeFileSync(controlGroup, `0::/system.slice/${unit}\n`);
      writeFileSync(join(programs, 'pid'), `${pid}\n`);
      // In the lab's own mount namespace; the mount goes with the process.
      execFileSync('mount', ['--bind', controlGroup, `/proc/${pid}/cgroup`]);
    },
  };
}
