import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inCheckout } from '../../checkout.ts';
import { signalProcess } from '../../processes.ts';
import { removeCgroups } from '../cgroups.ts';
import type { Topology } from '../topology.ts';
import { createMachineCgroups, removeLeftCgroups } from './cgroups.ts';
import { type CommandOptions, type CommandResult, runCommand } from './command.ts';
import { type Furnishing, furnish, mountDisk, removeDisk } from './disk.ts';
import { eventually } from './eventually.ts';
import { type BootRequest, firstProcessOf, rebootExitCode, rootEnvironment, spawnNspawn } from './nspawn.ts';
import { findTree } from './tree.ts';

export interface MachineOptions
  extends Partial<Furnishing>,
    Partial<Pick<BootRequest, 'hostname' | 'binds'>> {
  readonly topology: Topology;
}

/** How far a start waits: until systemd answers, or until every job of the boot has ended and the Engine is up. */
export type BootStage = 'systemd' | 'booted';

/**
 * A Debian machine with systemd as its first process, an Engine and a disk of its own, in the network of the
 * process that started it.
 */
export interface Machine {
  readonly hostname: string;
  /** Process id of its systemd, as this process sees it. @throws Error while the machine is off */
  readonly pid: number;
  /**
   * Runs a command as root in the machine, outside its units, with the machine's own environment.
   * @throws Error when it takes longer than its timeout (60 s)
   */
  exec(argv: readonly [string, ...string[]], options?: CommandOptions): Promise<CommandResult>;
  /** Like `exec`, and resolves with standard output. @throws Error also when the exit code is not 0 */
  output(argv: readonly [string, ...string[]], options?: CommandOptions): Promise<string>;
  /** Writes in place: a file that is bind-mounted elsewhere shows its new text there too. */
  writeFile(path: string, text: string): Promise<void>;
  readFile(path: string): Promise<string>;
  /** An orderly reboot, from `systemctl reboot` until the next boot has reached `stage` (`booted`). */
  reboot(stage?: BootStage): Promise<void>;
  /**
   * A power cut, except that what was written is kept, synced or not: every process dies at once, and the machine
   * is off until `start`.
   */
  crash(): Promise<void>;
  start(stage?: BootStage): Promise<void>;
  /** What the machine wrote on its console, over all boots. */
  console(): string;
  close(): Promise<void>;
}

const bootsWithinMs = 240_000;
const endsWithinMs = 120_000;
const machineRoot = inCheckout('test/lab/hosts/machine/root');
let machines = 0;

/** Why no machine can be started here, or undefined when one can. */
function whyNoMachine(): string | undefined {
  if (process.getuid?.() !== 0) {
    return 'a machine needs root';
  }
  if (process.env['ECS_PRIVATELINKD_LAB'] !== 'namespace') {
    return 'a machine needs a network of its own: run this by test/lab/namespace.sh';
  }
  if (findTree() === undefined) {
    return 'there is no tree to boot: run test/lab/hosts/machine/build-tree.sh first';
  }
  return undefined;
}

/**
 * Boots a machine with a clean disk and waits until it has reached `stage`.
 * @throws Error with the end of its console when it does not within 4 min
 */
export async function startMachine(options: MachineOptions, stage: BootStage = 'booted'): Promise<Machine> {
  const reason = whyNoMachine();
  const tree = findTree();
  if (reason !== undefined || tree === undefined) {
    throw new Error(`no machine can be started: ${reason}`);
  }
  removeLeftCgroups();
  machines += 1;
  const { topology, hostname = 'container-instance', roots = [], files = {}, binds = {} } = options;
  const directory = join(tmpdir(), `machine-${process.pid}-${machines}`);
  const root = await mountDisk(directory, tree);
  furnish(root, {
    roots: [machineRoot, ...roots],
    files: {
      '/etc/hostname': `${hostname}\n`,
      '/etc/hosts': `127.0.0.1 localhost\n127.0.1.1 ${hostname}\n::1 localhost\n`,
      '/etc/resolv.conf': `nameserver ${topology.vpcResolver}\n`,
      ...files,
    },
  });
  const consoleFile = join(directory, 'console.log');
  const cgroups = createMachineCgroups(`${process.pid}-${machines}-${Date.now().toString(36)}`);
  let nspawn: ChildProcess | undefined;
  let systemd: number | undefined;

  async function start(until: BootStage = 'booted'): Promise<void> {
    const booting = spawnNspawn({ root, hostname, cgroups, binds, consoleFile });
    nspawn = booting;
    try {
      systemd = await eventually(
        'the first process',
        async () => firstProcessOf(booting),
        (pid) => pid !== undefined,
      );
      await waitForStage(machine, until);
    } catch (thrown) {
      await crash();
      const tail = readFileSync(consoleFile, 'utf8').slice(-3_000);
      throw new Error(`the machine did not get up; the end of its console:\n${tail}`, { cause: thrown });
    }
  }

  /** Resolves with the exit code of systemd-nspawn; undefined where a signal ended it. */
  async function ended(): Promise<number | undefined> {
    const running = nspawn;
    if (running?.exitCode === null && running.signalCode === null) {
      await once(running, 'exit', { signal: AbortSignal.timeout(endsWithinMs) });
    }
    nspawn = undefined;
    systemd = undefined;
    return running?.exitCode ?? undefined;
  }

  async function crash(): Promise<void> {
    // The end of a pid namespace's first process ends all others in it.
    if (systemd === undefined) {
      nspawn?.kill('SIGKILL');
    } else {
      signalProcess(systemd, 'SIGKILL');
    }
    await ended();
  }

  const machine: Machine = {
    hostname,
    get pid() {
      if (systemd === undefined) {
        throw new Error('the machine is off');
      }
      return systemd;
    },
    exec: (argv, commandOptions) =>
      runCommand(['nsenter', '-t', String(machine.pid), '-a', '--', ...argv], {
        env: rootEnvironment,
        ...commandOptions,
      }),
    output: async (argv, commandOptions) => {
      const { code, stdout, stderr } = await machine.exec(argv, commandOptions);
      if (code !== 0) {
        throw new Error(`${argv.join(' ')}: exit code ${code}\n${stderr}${stdout}`);
      }
      return stdout;
    },
    writeFile: async (path, text) => {
      await machine.output(['sh', '-c', 'mkdir -p "$(dirname "$0")" && cat >"$0"', path], { input: text });
    },
    readFile: (path) => machine.output(['cat', path]),
    reboot: async (until) => {
      await machine.exec(['systemctl', 'reboot']);
      const code = await ended();
      if (code !== rebootExitCode) {
        throw new Error(`the machine ended with ${code} where it was told to reboot`);
      }
      await start(until);
    },
    crash,
    start,
    console: () => readFileSync(consoleFile, 'utf8'),
    close: async () => {
      await crash();
      await removeDisk(directory);
      removeCgroups(cgroups);
    },
  };
  try {
    await start(stage);
    return machine;
  } catch (thrown) {
    await machine.close();
    throw thrown;
  }
}

async function waitForStage(machine: Machine, stage: BootStage): Promise<void> {
  const wait = stage === 'booted' ? ['--wait'] : [];
  const accepted = ['running', 'degraded', ...(stage === 'systemd' ? ['initializing', 'starting'] : [])];
  await eventually(
    'systemd',
    async () => {
      const look = await machine.exec(['systemctl', 'is-system-running', ...wait], {
        timeout: bootsWithinMs,
      });
      return look.stdout.trim();
    },
    (state) => accepted.includes(state),
    { timeout: bootsWithinMs },
  );
  if (stage === 'booted') {
    await machine.output(['docker', 'version']);
  }
}
