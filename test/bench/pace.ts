import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endpointServices } from '../../src/settings/endpoint-services.ts';
import type { Engine } from '../lab/hosts/engine.ts';
import { type Daemon, type Host, startHost } from '../lab/hosts/host.ts';
import { signalProcess } from '../lab/processes.ts';
import type { Alternative } from './alternatives.ts';
import { looksByQuestions, median, type Spent, syscallsPerLook, watchDaemon, watchLooks } from './looks.ts';
import { usageOfTree } from './process-meter.ts';
import { commandLine, type ShippedProgram } from './shipped-program.ts';

/** What one look costs; medians over the rounds. */
export interface Pace {
  readonly name: string;
  readonly cpuMsPerLook: number;
  readonly rssAnonMib: number;
  readonly packetsPerLook: number;
  readonly syscallsPerLook: number | undefined;
}

export interface PaceReport {
  readonly waiting: Pace;
  readonly settled: Pace;
  readonly others: readonly Pace[];
}

/** Time from look to look: short, so that a round has many; the work of a look does not depend on it. */
const lookMs = 100;

/** Each round gives every contender its turn, alone, because the machine's speed changes from one minute to the next. */
export async function measurePace(
  engine: Engine,
  program: ShippedProgram,
  others: readonly Alternative[],
  { rounds, roundMs }: { readonly rounds: number; readonly roundMs: number },
): Promise<PaceReport> {
  const settings = {
    'waiting-interval': `${lookMs}ms`,
    'settled-interval': `${lookMs}ms`,
    'log-level': 'warn',
  };
  const host = await startHost({ engine, settings });
  try {
    const daemon = host.startDaemon({}, commandLine(program));
    await daemon.looks(20);
    daemon.kill('SIGSTOP');
    const running = others.flatMap((other) => start(other, host, program));
    const spent = new Map<string, Spent[]>();
    const add = (name: string, one: Spent) => spent.set(name, [...(spent.get(name) ?? []), one]);
    for (let round = 0; round < rounds; round += 1) {
      add('waiting', await turn(daemon, roundMs));
      for (const { other, child } of running) {
        // monit counts its cycles in whole seconds.
        const forMs = Math.max(roundMs, other.lookMs * 5);
        add(other.name, await turnOf(host, child, forMs));
      }
    }
    const waiting = await paceOf('ecs-privatelinkd, waiting', spent.get('waiting') ?? [], daemon);
    const paces: Pace[] = [];
    for (const { other, child } of running) {
      paces.push(summarise(other.name, spent.get(other.name) ?? [], undefined));
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    }
    daemon.kill('SIGCONT');
    for (const service of endpointServices) await host.lab.createEndpoint(service);
    await daemon.until(({ phase }) => phase === 'settled');
    await daemon.looks(20);
    const settled: Spent[] = [];
    for (let round = 0; round < rounds; round += 1) settled.push(await watchDaemon(daemon, roundMs));
    return {
      waiting,
      settled: await paceOf('ecs-privatelinkd, settled', settled, daemon),
      others: paces,
    };
  } finally {
    await host.close();
  }
}

async function turn(daemon: Daemon, forMs: number): Promise<Spent> {
  daemon.kill('SIGCONT');
  await daemon.looks(3);
  const spent = await watchDaemon(daemon, forMs);
  daemon.kill('SIGSTOP');
  return spent;
}

interface Running {
  readonly other: Alternative;
  readonly child: ChildProcess;
}

/** Stopped until its turn; nothing where it is not installed. */
function start(other: Alternative, host: Host, shipped: ShippedProgram): Running[] {
  const directory = join(host.lab.directory, other.name.replaceAll(/\W+/g, '-'));
  mkdirSync(directory, { recursive: true });
  const [program, ...args] = other.command(host, directory, shipped) ?? [];
  if (program === undefined) return [];
  // In a group of its own, to be stopped and continued with its children.
  const child = spawn('setpriv', ['--pdeathsig=KILL', program, ...args], { stdio: 'ignore', detached: true });
  signalProcess(-(child.pid ?? 0), 'SIGSTOP');
  return [{ other, child }];
}

async function turnOf(host: Host, { pid = 0 }: ChildProcess, forMs: number): Promise<Spent> {
  process.kill(-pid, 'SIGCONT');
  await delay(1_500);
  const spent = await watchLooks(
    () => usageOfTree(pid),
    () => looksByQuestions(host),
    forMs,
  );
  process.kill(-pid, 'SIGSTOP');
  return spent;
}

async function paceOf(name: string, spent: readonly Spent[], daemon: Daemon): Promise<Pace> {
  daemon.kill('SIGCONT');
  const syscalls = await syscallsPerLook(daemon, 4_000);
  return summarise(name, spent, syscalls);
}

function summarise(name: string, spent: readonly Spent[], syscalls: number | undefined): Pace {
  return {
    name,
    cpuMsPerLook: median(spent.map((one) => one.cpuMsPerLook)),
    rssAnonMib: median(spent.map((one) => one.usage.rssAnonKib)) / 1024,
    packetsPerLook: median(spent.map((one) => one.packetsPerLook)),
    syscallsPerLook: syscalls,
  };
}
