import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readText } from '../../../../src/kit/files.ts';
import { removeCgroups, subdirectories } from '../cgroups.ts';

const root = '/sys/fs/cgroup';
const prefix = 'ecs-privatelinkd-machine-';

/**
 * Makes a cgroup for one machine in every hierarchy of the host (version 1: one a controller; version 2: one in
 * all), so that its systemd and its Engine see a tree of their own. Returns the directories.
 */
export function createMachineCgroups(name: string): string[] {
  return hierarchies().map((hierarchy) => {
    const directory = join(hierarchy, prefix + name);
    mkdirSync(directory);
    // Version 1 lets no process into a cpuset without CPUs and memory nodes.
    for (const file of ['cpuset.cpus', 'cpuset.mems'].filter((file) => existsSync(join(hierarchy, file)))) {
      writeFileSync(join(directory, file), readFileSync(join(hierarchy, file)));
    }
    return directory;
  });
}

/** Removes the cgroups of machines that ended without being closed. */
export function removeLeftCgroups(): void {
  const left = hierarchies()
    .flatMap(subdirectories)
    .filter((directory) => directory.includes(`/${prefix}`))
    // A young one may be of a machine that starts now, or that runs in another pid namespace, whose processes are not
    // seen from here.
    .filter((directory) => ageMs(directory) > 3_600_000 && !hasProcess(directory));
  removeCgroups(left);
}

function hierarchies(): string[] {
  if (existsSync(join(root, 'cgroup.procs'))) {
    return [root];
  }
  return subdirectories(root).filter((directory) => existsSync(join(directory, 'cgroup.procs')));
}

function hasProcess(directory: string): boolean {
  const processes = readText(join(directory, 'cgroup.procs'), 'latin1') ?? '';
  return processes !== '' || subdirectories(directory).some(hasProcess);
}

function ageMs(directory: string): number {
  return Date.now() - (statSync(directory, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
}
