import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type Dockerode from 'dockerode';
import { claimDirectory } from '../owned-directory.ts';
import { endChild } from '../processes.ts';
import { dockerAt } from './docker-client.ts';
import { cgroupParentOf, removeEngine, removeLeftEngines } from './docker-engine-leftovers.ts';
import type { Engine } from './engine.ts';
import { runCommand } from './machine/command.ts';

/** A real Docker Engine that belongs to the lab alone. */
export interface DockerEngine extends Engine {
  readonly kind: 'docker';
  /** What dockerd wrote. */
  readonly logFile: string;
}

/** Docker before 24 makes a key in it, whatever its data root is. */
const settings = '/etc/docker';

const readyWithinMs = 30_000;
/** dockerd gives its containers 15 s of its own accord before it ends. */
const endsWithinMs = 25_000;

/** Why no real Engine can be started here, or undefined when one can. */
function whyNoDockerEngine(): string | undefined {
  if (process.getuid?.() !== 0) {
    return 'dockerd needs root';
  }
  if (findDockerd() === undefined) {
    return 'dockerd is not installed (Debian and Ubuntu: apt-get install docker.io)';
  }
  return undefined;
}

/**
 * Starts dockerd in the current network and mount namespaces, without networking of its own, and resolves when it
 * answers. What an earlier run left behind is removed first. `flags` are added to its command line.
 * @throws Error with the end of dockerd's log when it does not get ready within 30 s
 */
export async function startDockerEngine(flags: readonly string[] = []): Promise<DockerEngine> {
  const reason = whyNoDockerEngine();
  const program = findDockerd();
  if (reason !== undefined || program === undefined) {
    throw new Error(`no Docker Engine can be started: ${reason}`);
  }
  await removeLeftEngines();
  const directory = claimDirectory('engine');
  const socketPath = join(directory, 'docker.sock');
  const logFile = join(directory, 'dockerd.log');
  const docker = dockerAt(socketPath);
  const showSettings = await hideSettings(join(directory, 'settings'));
  const start = () => startDockerd(program, flags, directory, docker);
  let dockerd = await start();

  return {
    kind: 'docker',
    socketPath,
    logFile,
    docker,
    pause: () => void dockerd.kill('SIGSTOP'),
    resume: () => void dockerd.kill('SIGCONT'),
    restart: async () => {
      await endChild(dockerd, endsWithinMs);
      dockerd = await start();
    },
    close: async () => {
      dockerd.kill('SIGCONT');
      await removeContainers(docker);
      await endChild(dockerd, endsWithinMs);
      await showSettings();
      await removeEngine(directory);
    },
  };
}

/** Puts an empty directory over this machine's settings, for this mount namespace. Gives what takes it away. */
async function hideSettings(instead: string): Promise<() => Promise<void>> {
  if (!existsSync(settings)) return async () => rmSync(settings, { recursive: true, force: true });
  mkdirSync(instead);
  const mount = async (...command: [string, ...string[]]) => {
    const { code, stderr } = await runCommand(command);
    if (code !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
  };
  await mount('mount', '--bind', instead, settings);
  return () => mount('umount', settings);
}

async function startDockerd(
  program: string,
  flags: readonly string[],
  directory: string,
  docker: Dockerode,
): Promise<ChildProcess> {
  const logFile = join(directory, 'dockerd.log');
  const log = openSync(logFile, 'a');
  // Ends with this process, however that ends.
  const dockerd = spawn(
    'setpriv',
    [
      '--pdeathsig=TERM',
      program,
      `--data-root=${directory}/data`,
      `--exec-root=${directory}/exec`,
      `--pidfile=${directory}/dockerd.pid`,
      `--host=unix://${directory}/docker.sock`,
      `--cgroup-parent=${cgroupParentOf(directory)}`,
      // The images are all but empty: copying them costs nothing, and leaves no mounts behind.
      '--storage-driver=vfs',
      '--bridge=none',
      '--iptables=false',
      '--ip6tables=false',
      '--ip-forward=false',
      '--ip-masq=false',
      // Of what is given twice the last one counts.
      ...flags,
    ],
    {
      stdio: ['ignore', log, log],
      env: { PATH: `${process.env['PATH']}:/usr/sbin:/sbin`, TMPDIR: tmpdir() },
    },
  );
  closeSync(log);
  const ended = once(dockerd, 'exit').then(() => true);
  const deadline = performance.now() + readyWithinMs;
  while (performance.now() < deadline) {
    if (await answers(docker)) {
      return dockerd;
    }
    if (await Promise.race([ended, delay(50, false)])) {
      break;
    }
  }
  dockerd.kill('SIGKILL');
  const tail = readFileSync(logFile, 'utf8').split('\n').slice(-12).join('\n');
  await removeEngine(directory);
  throw new Error(`dockerd did not get ready:\n${tail}`);
}

async function answers(docker: Dockerode): Promise<boolean> {
  try {
    await docker.ping();
    return true;
  } catch {
    return false;
  }
}

async function removeContainers(docker: Dockerode): Promise<void> {
  try {
    for (const { Id } of await docker.listContainers({ all: true })) {
      await docker.getContainer(Id).remove({ force: true, v: true });
    }
  } catch {
    // dockerd is not there to ask. Its processes are found without it.
  }
}

function findDockerd(): string | undefined {
  const directories = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/bin'];
  return directories.map((directory) => join(directory, 'dockerd')).find((path) => existsSync(path));
}
