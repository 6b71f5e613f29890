import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { leftDirectories } from '../owned-directory.ts';
import { processesMentioning, signalProcess, waitUntilGone } from '../processes.ts';
import { removeCgroups, subdirectories } from './cgroups.ts';

/** The cgroup below which an Engine puts its containers. */
export function cgroupParentOf(directory: string): string {
  return `/${basename(directory)}`;
}

/**
 * Ends whatever runs for the Engine in `directory` and removes its mounts, cgroups and files. Processes are found
 * by the directory in their command line (dockerd, containerd, shims) and by the Engine's own cgroup (containers).
 */
export async function removeEngine(directory: string): Promise<void> {
  const cgroups = cgroupsOf(directory);
  const processes = [...processesMentioning(directory), ...cgroups.flatMap(processesIn)];
  for (const pid of processes) {
    signalProcess(pid, 'SIGKILL');
  }
  await waitUntilGone(processes, 5_000);
  for (const socket of shimSockets(directory)) {
    rmSync(socket, { force: true });
  }
  for (const mount of mountsBelow(directory)) {
    execFileSync('umount', ['--lazy', mount]);
  }
  removeCgroups(cgroups);
  rmSync(directory, { recursive: true, force: true });
  for (const made of ['/opt/containerd/bin', '/opt/containerd/lib', '/opt/containerd']) {
    removeIfEmpty(made);
  }
}

/** For what containerd makes, empty, wherever its own directory is. */
function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // Missing, or in use.
  }
}

/** Removes the Engines of runs that ended without closing them. Those of runs that still live are left alone. */
export async function removeLeftEngines(): Promise<void> {
  for (const directory of leftDirectories('engine')) {
    await removeEngine(directory);
  }
  // Of runs whose directory went with their namespace. A younger one may be about to get its first container.
  const left = hierarchies()
    .flatMap(subdirectories)
    .filter((cgroup) => basename(cgroup).startsWith('ecs-privatelinkd-engine-'))
    .filter((cgroup) => Date.now() - statSync(cgroup).mtimeMs > 3_600_000);
  removeCgroups(left);
}

function cgroupsOf(directory: string): string[] {
  return hierarchies()
    .map((hierarchy) => hierarchy + cgroupParentOf(directory))
    .filter((path) => existsSync(path));
}

/** Roots of the cgroup hierarchies: version 2 has one, version 1 one a controller below it. */
function hierarchies(): string[] {
  const root = '/sys/fs/cgroup';
  return existsSync(root) ? [root, ...subdirectories(root)] : [];
}

function processesIn(cgroup: string): number[] {
  const inChildren = subdirectories(cgroup).flatMap(processesIn);
  const own = readFileSync(join(cgroup, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  // 0 stands for a process of another pid namespace.
  return [...inChildren, ...own.filter((pid) => pid > 0)];
}

/** Sockets that containerd's shims keep outside of the Engine's directory. */
function shimSockets(directory: string): string[] {
  const bundles = join(directory, 'exec/containerd/daemon/io.containerd.runtime.v2.task/moby');
  if (!existsSync(bundles)) {
    return [];
  }
  return subdirectories(bundles)
    .map((bundle) => join(bundle, 'address'))
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, 'utf8').replace(/^unix:\/\//, ''));
}

/** Mount points below a directory, innermost first. */
function mountsBelow(directory: string): string[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((mount) => mount.startsWith(`${directory}/`))
    .reverse();
}
