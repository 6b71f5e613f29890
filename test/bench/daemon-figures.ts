import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endpointServices } from '../../src/settings/endpoint-services.ts';
import { inCheckout } from '../lab/checkout.ts';
import type { Engine } from '../lab/hosts/engine.ts';
import { type Daemon, type Host, startHost } from '../lab/hosts/host.ts';
import { endChild } from '../lab/processes.ts';
import type { Settings } from '../lab/program.ts';
import { startBareNode } from './bare-node.ts';
import { looksOf, median, quickLooks, watchDaemon } from './looks.ts';
import { majorFaults, type Usage, usage } from './process-meter.ts';
import { commandLine, type ShippedProgram } from './shipped-program.ts';

/** The daemon's own pace, as it is shipped. */
export const shippedPace: Settings = {
  'waiting-interval': '5s',
  'settled-interval': '60s',
  'log-level': 'info',
};

export async function withHost<T>(
  engine: Engine,
  settings: Settings,
  measure: (host: Host) => Promise<T>,
): Promise<T> {
  const host = await startHost({ engine, settings });
  try {
    return await measure(host);
  } finally {
    await host.close();
  }
}

export async function end(daemon: Daemon): Promise<void> {
  daemon.kill('SIGTERM');
  await daemon.ended;
}

/** Milliseconds from exec; medians. */
export interface Start {
  /** To the moment at which systemd is told READY, by the log line of that moment. */
  readonly readyMs: number;
  readonly worstReadyMs: number;
  /** To the first line of a program that Node.js runs with the same flags. */
  readonly bareNodeMs: number;
}

export async function measureStart(engine: Engine, program: ShippedProgram, times: number): Promise<Start> {
  return await withHost(engine, shippedPace, async (host) => {
    const execFile = join(host.lab.directory, 'exec-at');
    const noting = ['sh', '-c', 'date +%s%3N >"$0" && exec "$@"', execFile];
    const execMs = () => Number(readFileSync(execFile, 'latin1'));
    const ready: number[] = [];
    const bare: number[] = [];
    for (let run = 0; run < times; run += 1) {
      const daemon = host.startDaemon({}, [...noting, ...commandLine(program)]);
      ready.push(Date.parse((await daemon.event('daemon-started')).time) - execMs());
      await end(daemon);
      const [sh = '', ...args] = [...noting, program.node, ...program.flags, '-p', 'Date.now()'];
      bare.push(Number(execFileSync(sh, args)) - execMs());
    }
    return { readyMs: median(ready), worstReadyMs: Math.max(...ready), bareNodeMs: median(bare) };
  });
}

/** What the daemon uses at its own pace in one phase. */
export interface PhaseFootprint {
  readonly usage: Usage;
  /** Seconds of CPU a day, start-up not included. */
  readonly cpuPerDay: number;
  /** The same of bare Node.js that asks for everything at that pace, in the same time. */
  readonly bareNodeCpuPerDay: number;
}

export interface Footprint {
  readonly waiting: PhaseFootprint;
  readonly settled: PhaseFootprint;
  /** By a dry run on a host where all is ready, once its looks are as rare as they get. */
  readonly blocked: PhaseFootprint;
}

/** Looks of a blocked phase are a minute apart after four. */
const blockedBeforeMs = 250_000;

/** At its own pace for so long in each of the phases in which it may spend its life. */
export async function measureFootprint(
  engine: Engine,
  program: ShippedProgram,
  { waitingMs, settledMs }: { readonly waitingMs: number; readonly settledMs: number },
): Promise<Footprint> {
  const blocked = await withHost(engine, shippedPace, async (host) => {
    for (const service of endpointServices) await host.lab.createEndpoint(service);
    const daemon = host.startDaemon({ 'dry-run': 'true' }, commandLine(program));
    await daemon.until(({ phase }) => phase === 'blocked');
    await delay(blockedBeforeMs);
    const measured = await measurePhase(host, program, daemon, { lookMs: 60_000, forMs: settledMs });
    await end(daemon);
    return measured;
  });
  return await withHost(engine, shippedPace, async (host) => {
    const daemon = host.startDaemon({}, commandLine(program));
    await daemon.looks(2);
    const waiting = await measurePhase(host, program, daemon, { lookMs: 5_000, forMs: waitingMs });
    for (const service of endpointServices) await host.lab.createEndpoint(service);
    await daemon.until(({ phase }) => phase === 'settled');
    await delay(5_000);
    const settled = await measurePhase(host, program, daemon, { lookMs: 60_000, forMs: settledMs });
    await end(daemon);
    return { waiting, settled, blocked };
  });
}

async function measurePhase(
  host: Host,
  program: ShippedProgram,
  daemon: Daemon,
  { lookMs, forMs }: { readonly lookMs: number; readonly forMs: number },
): Promise<PhaseFootprint> {
  const bareNode = startBareNode(program, host, lookMs);
  await delay(2_000);
  const cpuMs = () => ({ daemon: usage(daemon.pid).cpuMs, bareNode: usage(bareNode.pid ?? 0).cpuMs });
  const before = cpuMs();
  await delay(forMs);
  const after = cpuMs();
  await endChild(bareNode, 2_000);
  const perDay = (who: 'daemon' | 'bareNode') => ((after[who] - before[who]) / forMs) * 86_400;
  return {
    usage: usage(daemon.pid),
    cpuPerDay: perDay('daemon'),
    bareNodeCpuPerDay: perDay('bareNode'),
  };
}

/** RssAnon in MiB early and late in a long run of looks, one after the other without a pause. */
export async function measureDrift(
  engine: Engine,
  program: ShippedProgram,
  looks: number,
): Promise<{ readonly looks: number; readonly earlyMib: number; readonly lateMib: number }> {
  return await withHost(engine, { ...shippedPace, 'log-level': 'warn' }, async (host) => {
    const daemon = host.startDaemon({}, commandLine(program));
    await daemon.looks(1);
    const settledIn = Math.min(3_000, looks / 2);
    await quickLooks(daemon, settledIn, 600_000);
    const earlyMib = await rssAnonOverLooks(daemon);
    await quickLooks(daemon, looks - settledIn, 1_800_000);
    const lateMib = await rssAnonOverLooks(daemon);
    const seen = looksOf(daemon);
    await end(daemon);
    return { looks: seen, earlyMib, lateMib };
  });
}

/** The median over some looks: it goes up from one collection to the next. */
async function rssAnonOverLooks(daemon: Daemon): Promise<number> {
  const seen: number[] = [];
  for (let sample = 0; sample < 20; sample += 1) {
    await quickLooks(daemon, 25, 60_000);
    seen.push(usage(daemon.pid).rssAnonKib / 1024);
  }
  return median(seen);
}

export interface UnderLimit {
  readonly limitMib: number;
  readonly alive: boolean;
  readonly rssMib: number | undefined;
  readonly cpuMsPerLook: number | undefined;
  /** Pages that had to be read from disk again, per look: what tells thrashing. */
  readonly majorFaultsPerLook: number | undefined;
}

/** What becomes of it in a control group with so much memory; empty where none can be made. */
export async function measureMemoryLimits(engine: Engine, program: ShippedProgram): Promise<UnderLimit[]> {
  const group = makeControlGroup();
  if (group === undefined) return [];
  const pace = { 'waiting-interval': '100ms', 'log-level': 'warn' };
  try {
    return await withHost(engine, pace, async (host) => {
      const found: UnderLimit[] = [];
      for (const limitMib of [256, 160, 128, 96, 80, 64, 48, 40]) {
        writeFileSync(group.limit, `${limitMib * 1024 * 1024}`);
        // Pages count for the group that reads them first: none may be left in memory.
        for (const file of [program.node, program.bundle]) {
          execFileSync('dd', [`if=${file}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' });
        }
        const join = ['sh', '-c', `echo $$ > ${group.procs} && exec "$@"`, 'sh'];
        const daemon = host.startDaemon({}, [...join, ...commandLine(program)]);
        found.push({ limitMib, ...(await underLimit(daemon)) });
        daemon.kill('SIGKILL');
        await daemon.ended;
      }
      return found;
    });
  } finally {
    rmdirSync(dirname(group.procs));
  }
}

async function underLimit(daemon: Daemon): Promise<Omit<UnderLimit, 'limitMib'>> {
  try {
    await daemon.looks(5);
    const before = majorFaults(daemon.pid);
    const { usage: used, cpuMsPerLook, looks } = await watchDaemon(daemon, 4_000);
    const majorFaultsPerLook = (majorFaults(daemon.pid) - before) / looks;
    return { alive: true, rssMib: used.rssKib / 1024, cpuMsPerLook, majorFaultsPerLook };
  } catch {
    return { alive: false, rssMib: undefined, cpuMsPerLook: undefined, majorFaultsPerLook: undefined };
  }
}

/** Version 1 or 2 of control groups. */
function makeControlGroup(): { readonly limit: string; readonly procs: string } | undefined {
  const kinds = [
    { root: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes' },
    { root: '/sys/fs/cgroup', limit: 'memory.max' },
  ];
  for (const { root, limit } of kinds) {
    const directory = join(root, `ecs-privatelinkd-bench-${process.pid}`);
    try {
      mkdirSync(directory);
      if (existsSync(join(directory, limit))) {
        return { limit: join(directory, limit), procs: join(directory, 'cgroup.procs') };
      }
      rmdirSync(directory);
    } catch {
      // Not this kind, or not allowed.
    }
  }
  return undefined;
}

/** Bytes by file: the bundles, and the packages where they have been built. */
export function measureSizes({ bundle }: ShippedProgram): Readonly<Record<string, number>> {
  const bundles = readdirSync(dirname(bundle)).filter((name) => name.endsWith('.cjs'));
  const dist = process.env['ECS_PRIVATELINKD_BENCH_DIST'] ?? inCheckout('dist');
  const packages = existsSync(dist)
    ? readdirSync(dist).filter((name) => /\.(deb|rpm|tar\.gz)$/.test(name))
    : [];
  return Object.fromEntries([
    ...bundles.sort().map((name) => [name, statSync(join(dirname(bundle), name)).size]),
    ...packages.sort().map((name) => [name, statSync(join(dist, name)).size]),
  ]);
}
