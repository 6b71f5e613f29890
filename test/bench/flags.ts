// What each of the runtime flags is worth: node test/lab/run-typescript.mjs test/bench/flags.ts, in the lab's namespace;
// scripts/bench.sh --flags does that. Prints Markdown.

import type { Engine } from '../lab/hosts/engine.ts';
import { startEmbeddedEngine } from '../lab/stand-ins/embedded-engine/embedded-engine.ts';
import { end, shippedPace, withHost } from './daemon-figures.ts';
import { quickLooks, watchDaemon } from './looks.ts';
import { usage } from './process-meter.ts';
import { table } from './report.ts';
import { commandLine, type ShippedProgram, shippedProgram } from './shipped-program.ts';

/** Flags that were thought of and are not shipped. */
const others = ['--optimize-for-size', '--lite-mode', '--single-threaded', '--max-old-space-size=16'];

const program = shippedProgram();
const { flags } = program;
const sets: Readonly<Record<string, readonly string[]>> = {
  none: [],
  shipped: flags,
  ...Object.fromEntries(flags.map((flag) => [`without ${flag}`, flags.filter((one) => one !== flag)])),
  ...Object.fromEntries(others.map((flag) => [`with ${flag}`, [...flags, flag]])),
};

const engine = await startEmbeddedEngine({ announce: () => {} });
const rows: (string | number)[][] = [];
try {
  for (const [name, set] of Object.entries(sets)) {
    process.stderr.write(`bench: flags, ${name}\n`);
    rows.push([name, ...(await measure(engine, { ...program, flags: set }))]);
  }
} finally {
  await engine.close();
}
console.log(table(['flags', 'RssAnon after 1,000 looks, MiB', 'threads', 'CPU of a look, ms'], rows));
process.exit(0);

async function measure(engine: Engine, program: ShippedProgram): Promise<(string | number)[]> {
  const settings = { ...shippedPace, 'waiting-interval': '100ms', 'log-level': 'warn' };
  return await withHost(engine, settings, async (host) => {
    const daemon = host.startDaemon({}, commandLine(program));
    await daemon.looks(3);
    await quickLooks(daemon, 1_000, 120_000);
    const { rssAnonKib, threads } = usage(daemon.pid);
    const { cpuMsPerLook } = await watchDaemon(daemon, 5_000);
    await end(daemon);
    return [(rssAnonKib / 1024).toFixed(1), threads, cpuMsPerLook.toFixed(2)];
  });
}
