// What the record for the fleet costs the daemon in memory, by pairs, within a minute:
// test/lab/namespace.sh node test/lab/run-typescript.mjs test/bench/record.ts
// Exit codes: 0 within the limit; 1 beyond it, or not to be told from the noise.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Daemon, startHost } from '../lab/hosts/host.ts';
import { startEmbeddedEngine } from '../lab/stand-ins/embedded-engine/embedded-engine.ts';
import { end } from './daemon-figures.ts';
import { collectOnSignal, heapAfterCollection, median } from './looks.ts';
import { usage } from './process-meter.ts';
import { commandLine, shippedProgram } from './shipped-program.ts';

const limitMib = 0.2;
/**
 * Daemons of each kind, all on one host and at once, so that all see the same. Of sixteen differences the fourth and the
 * last but three have the true median between them with 98 % (binomial, 1 - 2 × 697/65536), however they are distributed.
 */
const pairs = 16;
/** Looks of each before it is measured. */
const looks = 60;

const program = shippedProgram();
const engine = await startEmbeddedEngine({ announce: () => {} });
const host = await startHost({ engine, settings: { 'waiting-interval': '300ms', 'log-level': 'warn' } });

interface Measured {
  readonly daemon: Daemon;
  /** Its own directory. */
  readonly own: string;
}

function start(number: number, kind: 'with' | 'without'): Measured {
  const own = join(host.lab.directory, `${kind}-${number}`);
  const within = (name: string) => join(own, name);
  for (const name of ['run', 'state', 'custom']) {
    mkdirSync(within(name), { recursive: true, mode: 0o700 });
  }
  const settings = { 'run-dir': within('run'), 'state-dir': within('state'), 'dry-run': 'true' };
  const record = kind === 'with' ? { 'ssm-inventory': within('custom') } : {};
  const command = commandLine(program, [collectOnSignal]);
  return { daemon: host.startDaemon({ ...settings, ...record }, command), own };
}

function looksOf({ own }: Measured): number {
  try {
    return JSON.parse(readFileSync(join(own, 'run/status.json'), 'utf8')).daemon.looks;
  } catch {
    return 0;
  }
}

/** Own memory after a full collection, in MiB: what V8 has not collected yet is no cost of anything. */
async function memoryOf({ daemon }: Measured): Promise<number> {
  await heapAfterCollection(daemon.pid);
  await delay(100);
  return usage(daemon.pid).rssAnonKib / 1024;
}

let most = Number.POSITIVE_INFINITY;
try {
  const all = Array.from({ length: pairs }, (_, number): [Measured, Measured] => [
    start(number, 'with'),
    start(number, 'without'),
  ]);
  for (const one of all.flat()) while (looksOf(one) < looks) await delay(200);
  const differences: number[] = [];
  for (const pair of all) {
    differences.push((await memoryOf(pair[0])) - (await memoryOf(pair[1])));
  }
  const written = all.every(([{ own }]) => readdirSync(join(own, 'custom')).length === 1);
  if (!written) throw new Error('a record was not written');
  await Promise.all(all.flat().map(({ daemon }) => end(daemon)));
  differences.sort((a, b) => a - b);
  const [least = Number.NaN, last = Number.NaN] = [differences[3], differences.at(-4)];
  most = last;
  const range = `${least.toFixed(2)} to ${most.toFixed(2)}`;
  console.log(`RssAnon with the record less that without, ${pairs} pairs after ${looks} looks:`);
  console.log(
    `median ${median(differences).toFixed(2)} MiB, with 98 % certainty ${range}; limit ${limitMib}`,
  );
} finally {
  await host.close();
  await engine.close();
}
process.exit(most <= limitMib ? 0 : 1);
