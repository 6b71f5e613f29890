import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { inCheckout } from '../checkout.ts';
import { type Outcome, openPlayground } from './play.ts';
import { generateSchedule } from './schedule.ts';

const usage = `usage: scripts/campaign.sh [--seed N] [--schedules M] [--jobs J] [--verbose]

Plays M random fault schedules (default 100), of the seeds N, N+1, … (default: a random N), J at a time (default 2),
each against the real daemon in a network of its own, and checks the promises of docs/reliability.md from outside.
One that failed is played again by --seed S --schedules 1 --verbose, which shows the schedule and the daemon's log.

Prints one line with the figures and the seeds that failed. Exit codes: 0 all kept, 1 a promise was broken,
64 usage, 69 no such network can be made here.
`;

interface CampaignOptions {
  readonly seed: number;
  readonly schedules: number;
  readonly jobs: number;
  readonly verbose: boolean;
  /** Set in a worker: which of the jobs it is. */
  readonly worker: number | undefined;
}

function parse(argv: readonly string[]): CampaignOptions | undefined {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
        schedules: { type: 'string', default: '100' },
        jobs: { type: 'string', default: '2' },
        verbose: { type: 'boolean', default: false },
        worker: { type: 'string' },
      },
    });
    const { verbose, worker } = values;
    const [seed = 0, schedules = 0, jobs = 0] = [values.seed, values.schedules, values.jobs].map(Number);
    if (![seed, schedules, jobs].every((number) => Number.isSafeInteger(number) && number >= 0))
      return undefined;
    if (schedules < 1 || jobs < 1) return undefined;
    return { seed, schedules, jobs, verbose, worker: worker === undefined ? undefined : Number(worker) };
  } catch {
    return undefined;
  }
}

/** Twice what a schedule may take. */
const giveUpAfterMs = 180_000;

function giveUp(seed: number): void {
  process.stderr.write(`seed ${seed}: the lab itself hangs\n`);
  process.exit(1);
}

/** Plays every `jobs`-th schedule in the network that this process is in, an outcome a line. */
async function work({ seed, schedules, jobs, verbose }: CampaignOptions, worker: number): Promise<number> {
  const playground = await openPlayground();
  try {
    for (let index = worker; index < schedules; index += jobs) {
      const schedule = generateSchedule(seed + index);
      if (verbose) process.stderr.write(`${JSON.stringify(schedule, undefined, 2)}\n`);
      const watchdog = setTimeout(() => giveUp(schedule.seed), giveUpAfterMs);
      const outcome = await playground.play(schedule);
      clearTimeout(watchdog);
      const log = verbose || outcome.violations.length > 0 ? outcome.log : [];
      process.stdout.write(`${JSON.stringify({ ...outcome, log })}\n`);
    }
  } finally {
    await playground.close();
  }
  return 0;
}

/** Starts the workers, each in a network of its own, and sums up. */
async function conduct(options: CampaignOptions): Promise<number> {
  const { seed, schedules, jobs } = options;
  const begun = performance.now();
  const outcomes: Outcome[] = [];
  const workers = Array.from({ length: Math.min(jobs, schedules) }, (_, worker) =>
    startWorker(options, worker, (outcome) => {
      outcomes.push(outcome);
      tell(outcome);
    }),
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      for (const worker of workers) worker.kill('SIGTERM');
    });
  }
  const codes = await Promise.all(workers.map(endOf));
  const failed = outcomes.filter((outcome) => outcome.violations.length > 0).map((outcome) => outcome.seed);
  const unplayed = schedules - outcomes.length;
  const sum = (of: (outcome: Outcome) => number) =>
    outcomes.reduce((total, outcome) => total + of(outcome), 0);
  const settled = outcomes
    .flatMap((outcome) => outcome.settledAfterMs ?? [])
    .sort((one, other) => one - other);
  const figures = {
    seed,
    schedules,
    kept: outcomes.length - failed.length,
    broken: failed.length,
    unplayed,
    incidents: sum((outcome) => outcome.incidents),
    daemon_kills: sum((outcome) => outcome.daemonKills),
    restarts: sum((outcome) => outcome.restarts),
    settle_ms_median: settled[Math.floor(settled.length / 2)] ?? 'none',
    settle_ms_max: settled.at(-1) ?? 'none',
    seconds: Math.round((performance.now() - begun) / 1000),
    failed_seeds: failed.sort((one, other) => one - other).join(',') || 'none',
  };
  const line = Object.entries(figures).map(([name, value]) => `${name}=${value}`);
  process.stdout.write(`campaign: ${line.join(' ')}\n`);
  if (failed.length > 0) return 1;
  return unplayed === 0 ? 0 : (codes.find((code) => code !== 0) ?? 1);
}

function startWorker(
  { seed, schedules, jobs, verbose }: CampaignOptions,
  worker: number,
  onOutcome: (outcome: Outcome) => void,
): ChildProcess {
  // A network of its own, also where this process is in one already.
  const { ECS_PRIVATELINKD_LAB: _, ...env } = process.env;
  const child = spawn(
    inCheckout('test/lab/namespace.sh'),
    [
      // This very bundle: workers that bundled anew would be in each other's way.
      ...[process.execPath, process.argv[1] ?? ''],
      ...['--seed', String(seed), '--schedules', String(schedules), '--jobs', String(jobs)],
      ...['--worker', String(worker), ...(verbose ? ['--verbose'] : [])],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'], env },
  );
  createInterface({ input: child.stdout }).on('line', (line) => onOutcome(JSON.parse(line)));
  return child;
}

async function endOf(child: ChildProcess): Promise<number> {
  const [code] = await once(child, 'close');
  return code ?? 1;
}

function tell({ seed, incidents, restarts, settledAfterMs, violations, log }: Outcome): void {
  const verdict = violations.length === 0 ? 'kept' : 'BROKEN';
  const settled = settledAfterMs === undefined ? 'never settled' : `settled after ${settledAfterMs} ms`;
  process.stderr.write(
    `seed ${seed}: ${verdict}; ${incidents} incidents, ${restarts} restarts, ${settled}\n`,
  );
  for (const line of [...log, ...violations]) process.stderr.write(`  ${line}\n`);
}

async function main(argv: readonly string[]): Promise<number> {
  const options = parse(argv);
  if (options === undefined || argv.includes('--help')) {
    process.stderr.write(usage);
    return argv.includes('--help') ? 0 : 64;
  }
  return options.worker === undefined ? await conduct(options) : await work(options, options.worker);
}

process.exitCode = await main(process.argv.slice(2));
