import { existsSync, mkdirSync, readdirSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endpointServices } from '../../src/endpoints/endpoint-observation.ts';
import { inCheckout } from '../lab/checkout.ts';
import type { Engine } from '../lab/engine.ts';
import { type Daemon, type Host, type Settings, startHost } from '../lab/host.ts';
import { looksSoFar, median, quickLooks, watchLooks } from './looks.ts';
import { type Usage, usage } from './process-meter.ts';
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

/** Milliseconds from exec to the moment at which systemd is told READY, by the log line of that moment. */
export async function measureStart(
  engine: Engine,
  program: ShippedProgram,
  times: number,
): Promise<{ readonly medianMs: number; readonly worstMs: number }> {
  return await withHost(engine, shippedPace, async (host) => {
    const taken: number[] = [];
    for (let run = 0; run < times; run += 1) {
      const began = Date.now();
      const daemon = host.startDaemon({}, commandLine(program));
      taken.push(Date.parse((await daemon.event('daemon-started')).time) - began);
      await end(daemon);
    }
    return { medianMs: median(taken), worstMs: Math.max(...taken) };
  });
}

export interface Footprint {
  readonly waiting: Usage;
  readonly settled: Usage;
  /** Seconds of CPU a day, start-up not included. */
  readonly waitingCpuPerDay: number;
  readonly settledCpuPerDay: number;
}

/** At its own pace for so long in each of the two phases in which it spends its life. */
export async function measureFootprint(
  engine: Engine,
  program: ShippedProgram,
  forMs: number,
): Promise<Footprint> {
  return await withHost(engine, shippedPace, async (host) => {
    const daemon = host.startDaemon({}, commandLine(program));
    await daemon.looks(2);
    const waiting = await dayOf(daemon.pid, forMs);
    for (const service of endpointServices) await host.lab.createEndpoint(service);
    await daemon.until(({ phase }) => phase === 'settled');
    await delay(5_000);
    const settled = await dayOf(daemon.pid, forMs);
    await end(daemon);
    return {
      waiting: waiting.usage,
      settled: settled.usage,
      waitingCpuPerDay: waiting.cpuPerDay,
      settledCpuPerDay: settled.cpuPerDay,
    };
  });
}

async function dayOf(pid: number, forMs: number): Promise<{ usage: Usage; cpuPerDay: number }> {
  const before = usage(pid);
  await delay(forMs);
  const after = usage(pid);
  return { usage: after, cpuPerDay: ((after.cpuMs - before.cpuMs) / forMs) * 86_400 };
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
    await quickLooks(host, daemon.pid, settledIn, 600_000);
    const earlyMib = await rssAnonOverLooks(host, daemon);
    await quickLooks(host, daemon.pid, looks - settledIn, 1_800_000);
    const lateMib = await rssAnonOverLooks(host, daemon);
    await end(daemon);
    return { looks: Math.round(looksSoFar(host)), earlyMib, lateMib };
  });
}

/** The median over some looks: it goes up from one collection to the next. */
async function rssAnonOverLooks(host: Host, { pid }: Daemon): Promise<number> {
  const seen: number[] = [];
  for (let sample = 0; sample < 20; sample += 1) {
    await quickLooks(host, pid, 25, 60_000);
    seen.push(usage(pid).rssAnonKib / 1024);
  }
  return median(seen);
}

export interface UnderLimit {
  readonly limitMib: number;
  readonly alive: boolean;
  readonly rssMib: number | undefined;
  readonly cpuMsPerLook: number | undefined;
}

/** What becomes of it in a control group with so much memory; empty where none can be made. */
export async function measureMemoryLimits(engine: Engine, program: ShippedProgram): Promise<UnderLimit[]> {
  const group = makeControlGroup();
  if (group === undefined) return [];
  const pace = { 'waiting-interval': '100ms', 'log-level': 'warn' };
  try {
    return await withHost(engine, pace, async (host) => {
      const found: UnderLimit[] = [];
      for (const limitMib of [256, 128, 96, 80, 64, 48]) {
        writeFileSync(group.limit, `${limitMib * 1024 * 1024}`);
        const join = ['sh', '-c', `echo $$ > ${group.procs} && exec "$@"`, 'sh'];
        const daemon = host.startDaemon({}, [...join, ...commandLine(program)]);
        found.push({ limitMib, ...(await underLimit(host, daemon)) });
        daemon.kill('SIGKILL');
        await daemon.ended;
      }
      return found;
    });
  } finally {
    rmdirSync(dirname(group.procs));
  }
}

async function underLimit(host: Host, daemon: Daemon): Promise<Omit<UnderLimit, 'limitMib'>> {
  try {
    await daemon.looks(5);
    const { usage: used, cpuMsPerLook } = await watchLooks(host, daemon.pid, 4_000);
    return { alive: true, rssMib: used.rssKib / 1024, cpuMsPerLook };
  } catch {
    return { alive: false, rssMib: undefined, cpuMsPerLook: undefined };
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
