// Budgets on what repeats: node test/lab/run-typescript.mjs test/bench/budget.ts, in the lab's namespace.
// Exit codes: 0 all kept; 1 one or more broken, each named.
import { type ChildProcess, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { inCheckout } from '../lab/checkout.ts';
import { startEmbeddedEngine } from '../lab/embedded-engine/embedded-engine.ts';
import { type Daemon, type Host, startHost } from '../lab/host.ts';
import { endChild } from '../lab/processes.ts';
import { heapAfterCollection, looksSoFar, median, quickLooks, watchLooks } from './looks.ts';
import { usage } from './process-meter.ts';
import { commandLine, type ShippedProgram, shippedProgram } from './shipped-program.ts';

interface Figure {
  readonly name: string;
  readonly value: number;
  readonly limit: number;
  readonly unit: string;
}

const lookMs = 100;
const collector = inCheckout('test/bench/collect-on-signal.cjs');

const program = shippedProgram();
const engine = await startEmbeddedEngine({ announce: () => {} });
const host = await startHost({
  engine,
  settings: { 'waiting-interval': `${lookMs}ms`, 'log-level': 'warn' },
});
let broken = 1;
try {
  const figures = [
    bundleSize(program),
    ...(await memoryAndThreads(host, program)),
    ...(await pace(host, program)),
  ];
  const wide = Math.max(...figures.map(({ name }) => name.length));
  for (const { name, value, limit, unit } of figures) {
    const verdict = value <= limit ? 'kept' : 'BROKEN';
    console.log(`${name.padEnd(wide)}  ${round(value)} of ${limit} ${unit}  ${verdict}`);
  }
  const over = figures.filter(({ value, limit }) => !(value <= limit));
  for (const { name, value, limit, unit } of over) {
    console.error(`budget broken: ${name} is ${round(value)} ${unit}, allowed are ${limit}`);
  }
  broken = over.length;
} finally {
  await host.close();
  await engine.close();
}
process.exit(broken === 0 ? 0 : 1);

function bundleSize({ bundle }: ShippedProgram): Figure {
  return { name: 'bundle size', value: statSync(bundle).size / 1024, limit: 200, unit: 'KiB' };
}

/** After 3,000 looks as quick as they can follow each other. */
async function memoryAndThreads(host: Host, program: ShippedProgram): Promise<Figure[]> {
  const daemon = host.startDaemon({}, commandLine(program, [`--require=${collector}`]));
  await daemon.looks(3);
  await quickLooks(host, daemon.pid, 500, 60_000);
  const early = await heapAfterCollection(daemon.pid);
  await quickLooks(host, daemon.pid, 2_500, 120_000);
  const { rssAnonKib, threads } = usage(daemon.pid);
  const late = await heapAfterCollection(daemon.pid);
  await end(daemon);
  return [
    { name: 'RssAnon after 3,000 quick looks', value: rssAnonKib / 1024, limit: 15, unit: 'MiB' },
    { name: 'threads', value: threads, limit: 4, unit: 'threads' },
    // A leak of 40 bytes a look is 1.5 MiB over the 40,000 looks of two waiting days.
    { name: 'drift of the heap over 2,500 looks', value: (late - early) / 1024, limit: 100, unit: 'KiB' },
  ];
}

/** CPU in turns with the floor, because the machine's speed changes from one moment to the next. */
async function pace(host: Host, program: ShippedProgram): Promise<Figure[]> {
  const daemon = host.startDaemon({}, commandLine(program));
  await daemon.looks(10);
  const ratios: number[] = [];
  const packets: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    const ours = await watchLooks(host, daemon.pid, 3_000);
    daemon.kill('SIGSTOP');
    const floor = startFloor(host, program);
    await delay(500);
    const theirs = await watchLooks(host, floor.pid ?? 0, 3_000);
    await endChild(floor, 2_000);
    daemon.kill('SIGCONT');
    const resumed = looksSoFar(host);
    while (looksSoFar(host) < resumed + 2) await delay(lookMs);
    ratios.push(ours.cpuMsPerLook / theirs.cpuMsPerLook);
    packets.push(ours.packetsPerLook);
  }
  await end(daemon);
  return [
    {
      name: 'CPU of a look, by that of bare Node.js asking the same',
      value: median(ratios),
      limit: 3.6,
      unit: 'times',
    },
    // Six questions and six answers; what else the host does in that time is a few.
    { name: 'packets of a look, answers included', value: median(packets), limit: 13, unit: 'packets' },
  ];
}

function startFloor({ lab }: Host, { node, flags }: ShippedProgram): ChildProcess {
  const script = inCheckout('test/bench/bare-node.cjs');
  const args = [...flags, script, `${lookMs}`, lab.dns.address, ...Object.values(lab.hosts)];
  return spawn('setpriv', ['--pdeathsig=KILL', node, ...args], { stdio: 'ignore' });
}

async function end(daemon: Daemon): Promise<void> {
  daemon.kill('SIGTERM');
  await daemon.ended;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
