// Measures the shipped daemon, and beside it what one would use instead: node test/lab/run-typescript.mjs
// test/bench/bench.ts [--quick], in the lab's namespace; scripts/bench.sh does that. Prints Markdown, and writes the same
// as JSON to ECS_PRIVATELINKD_BENCH_JSON.
import { writeFileSync } from 'node:fs';
import { startEmbeddedEngine } from '../lab/stand-ins/embedded-engine/embedded-engine.ts';
import { alternatives } from './alternatives.ts';
import { measureConvergence } from './convergence.ts';
import {
  measureDrift,
  measureFootprint,
  measureMemoryLimits,
  measureSizes,
  measureStart,
} from './daemon-figures.ts';
import { measurePace } from './pace.ts';
import { type Report, renderReport } from './report.ts';
import { shippedProgram } from './shipped-program.ts';
import { measureWatchdogPing } from './watchdog-ping.ts';

const quick = process.argv.includes('--quick');
const program = shippedProgram();
const engine = await startEmbeddedEngine({ announce: () => {} });
const say = (text: string) => process.stderr.write(`bench: ${text}\n`);
let report: Report;
try {
  const scale = quick
    ? { rounds: 2, roundMs: 3_000, starts: 5, driftLooks: 2_000, convergences: 1 }
    : { rounds: 7, roundMs: 5_000, starts: 21, driftLooks: 60_000, convergences: 3 };
  const phases = quick
    ? { waitingMs: 30_000, settledMs: 181_000 }
    : { waitingMs: 300_000, settledMs: 600_000 };
  say(`${program.from}; start, ${scale.starts} times`);
  const start = await measureStart(engine, program, scale.starts);
  say('pace, in turns with the others');
  const pace = await measurePace(engine, program, alternatives(), scale);
  say('from DNS change to connected, and memory along the way');
  const convergence = await measureConvergence(engine, program, scale.convergences);
  say('under memory limits');
  const limits = await measureMemoryLimits(engine, program);
  say(`${(phases.waitingMs + 2 * phases.settledMs) / 1000 + 250} s at its own pace`);
  const footprint = await measureFootprint(engine, program, phases);
  say('the watchdog');
  const ping = await measureWatchdogPing(engine, program, quick ? 10_000 : 60_000);
  say(`drift over ${scale.driftLooks} looks`);
  const drift = await measureDrift(engine, program, scale.driftLooks);
  report = {
    quick,
    program,
    sizes: measureSizes(program),
    start,
    pace,
    convergence,
    limits,
    footprint,
    ping,
    drift,
  };
} finally {
  await engine.close();
}
process.stdout.write(renderReport(report));
const json = process.env['ECS_PRIVATELINKD_BENCH_JSON'];
// Where the program lay is nobody's business.
const { from, flags } = program;
if (json) writeFileSync(json, `${JSON.stringify({ ...report, program: { from, flags } }, undefined, 2)}\n`);
process.exit(0);
