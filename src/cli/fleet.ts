import { setTimeout as delay } from 'node:timers/promises';
import { AwsFailureError, askAws } from '../fleet/ask-aws.ts';
import { createFleetClients } from '../fleet/aws-clients.ts';
import { clusterName } from '../fleet/cluster-arn.ts';
import { listClusters } from '../fleet/container-instances.ts';
import type { FleetReading } from '../fleet/fleet-reading.ts';
import { headline, progressLine, reportJson, reportLines, undoneLines } from '../fleet/fleet-report.ts';
import { type TargetSpec, targetSpecs } from '../fleet/fleet-targets.ts';
import { type JudgeContext, span } from '../fleet/judge-host.ts';
import { fleetLimits } from '../fleet/limits.ts';
import { type FleetProgress, type FleetTarget, readTarget } from '../fleet/read-target.ts';
import { type FleetVerdict, fleetVerdict } from '../fleet/verdict.ts';
import type { Problem } from '../kit/problem.ts';
import type { ConfigError } from '../settings/config-error.ts';
import { type ExitCode, exitCodes } from '../settings/exit-codes.ts';
import { formatDuration } from '../settings/kinds/duration.ts';
import { usageError, usageErrors, usageProblem } from '../settings/usage-error.ts';
import { awsCommandError, awsProblem, codeOfAwsFailure } from './aws-failure.ts';
import type { CommandFlags } from './commands.ts';
import { printResult } from './envelope.ts';
import { printErrors, problemsAsJson, reportFailure } from './failure.ts';
import type { FleetForm } from './json-forms.ts';
import type { Output } from './output.ts';
import { meantOrAll, profileProblems } from './profile-problems.ts';

export interface FleetParts {
  readonly output: Output;
  readonly env: NodeJS.ProcessEnv;
}

/** From one look at the fleet to the next, with --wait: Inventory is no quicker, and each look costs calls. */
const pauseMs = 60_000;

/**
 * `fleet`: whether the agents of all container instances no longer need NAT. 0 yes; 1 no, or not known; 64 a cluster or a
 * profile that does not exist; 69 and 77 where ECS itself could not be asked; 75 no yes within the time-out.
 * What it throws is told here: its bundle has error classes of its own.
 */
export async function fleet(
  parts: FleetParts,
  flags: CommandFlags<'fleet'>,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { output, env } = parts;
  const { cluster = [], region = [], profile = [], json } = flags;
  try {
    const specs = targetSpecs({ cluster, region, profile });
    if ('problem' in specs) throw usageError('--cluster', ...specs.problem);
    const unknown = await profileProblems(profile);
    if (unknown.length > 0) throw usageErrors(unknown);
    return await watch(await openTargets(specs.targets, env, signal), parts, flags, signal);
  } catch (thrown) {
    const failed = thrown instanceof AwsFailureError ? awsCommandError(thrown.failure) : thrown;
    return reportFailure(failed, { command: 'fleet', json }, output, signal);
  }
}

/** Once, or with --wait again and again. @throws AwsFailureError, ConfigError (exit code 64) */
async function watch(
  targets: readonly FleetTarget[],
  { output }: FleetParts,
  { cluster = [], ask, wait, timeoutMs, ...shown }: CommandFlags<'fleet'>,
  signal: AbortSignal,
): Promise<ExitCode> {
  const deadline = performance.now() + timeoutMs;
  let aheadMs = 0;
  for (;;) {
    const context = contextOf(cluster, aheadMs);
    const readings = await readAll(targets, { ask, context, output }, signal);
    const nowAheadMs = clockAheadMs(targets);
    if (Math.abs(nowAheadMs - aheadMs) > fleetLimits.clockMs) {
      // All of it was asked for and judged by a wrong time.
      output.err(`${clockWarning(nowAheadMs)}\n`);
      aheadMs = nowAheadMs;
      continue;
    }
    const verdict = fleetVerdict(readings, context);
    const lost = nowhere(cluster, readings);
    if (lost.length > 0) throw await unknownClusters(lost, targets, signal);
    const left = deadline - performance.now();
    const mayChange = wait && verdict.answer !== 'yes' && readings.every(mayComeBack);
    if (!mayChange || left <= 0) {
      const late = mayChange ? [timedOut(timeoutMs)] : [];
      show(verdict, readings, { ...shown, nowMs: context.nowMs, output, late });
      return mayChange ? exitCodes.deadlinePassed.code : exitCodeOf(verdict, readings);
    }
    output.err(`${progressLine(verdict, context.nowMs)}\n`);
    await delay(Math.min(pauseMs, left), undefined, { signal });
  }
}

function timedOut(timeoutMs: number): Problem {
  return {
    code: 'fleet-not-done',
    message: `Timed out after ${formatDuration(timeoutMs)} waiting for a yes.`,
    advice: 'Wait longer with --timeout; which hosts are not done, and what to do, is printed.',
  };
}

/** By how much this machine's clock is ahead of AWS's, as the answers of AWS told the SDK; 0 for less than 5 minutes. */
function clockAheadMs(targets: readonly FleetTarget[]): number {
  // Of several accounts all were told the same time.
  const [offset = 0] = targets.map(({ clients }) => clients.ecs.config.systemClockOffset).filter(Boolean);
  return -offset;
}

function clockWarning(aheadMs: number): string {
  if (Math.abs(aheadMs) <= fleetLimits.clockMs) return "warning: this machine's clock was set right.";
  const way = aheadMs < 0 ? 'behind' : 'ahead of';
  return `warning: the clock of this machine is ${span(Math.round(Math.abs(aheadMs) / 60_000) * 60_000)} ${way} AWS's, whose time counts.`;
}

function contextOf(clusters: readonly string[], aheadMs: number): JudgeContext {
  return {
    nowMs: Date.now() - aheadMs,
    clusters: clusters.length === 0 ? undefined : new Set(clusters.map(clusterName)),
  };
}

/** With the region that each has: without one nothing can be asked. @throws AwsFailureError */
async function openTargets(
  specs: readonly TargetSpec[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<FleetTarget[]> {
  return await Promise.all(
    specs.map(async ({ name, region: given, profile, clusters }) => {
      const clients = createFleetClients({ region: given, profile }, env);
      const region = await askAws('ecs:ListClusters', signal, () => clients.ecs.config.region());
      return { name: name.replace('the default region', region), region, clients, clusters };
    }),
  );
}

async function readAll(
  targets: readonly FleetTarget[],
  {
    ask,
    context,
    output,
  }: { readonly ask: boolean; readonly context: JudgeContext; readonly output: Output },
  signal: AbortSignal,
): Promise<FleetReading[]> {
  const progress = output.isTerminal ? showProgress(output) : { tell: () => {}, end: () => {} };
  try {
    return await Promise.all(
      targets.map((target, index) =>
        readTarget(
          target,
          {
            ask,
            context,
            progress: (soFar) => progress.tell(index, soFar),
            nowMs: () => performance.now(),
            sleep: (ms, aborted) => delay(ms, undefined, { signal: aborted }),
          },
          signal,
        ),
      ),
    );
  } finally {
    progress.end();
  }
}

const eraseLine = '\r\u001b[K';

/** How far all targets have come together, in the last line of the terminal. */
function showProgress({ err, width }: Output) {
  const all: Partial<FleetProgress>[] = [];
  return {
    tell(index: number, soFar: Partial<FleetProgress>) {
      all[index] = { ...all[index], ...soFar };
      const sum = (key: keyof FleetProgress) => all.reduce((total, one) => total + (one?.[key] ?? 0), 0);
      const asked = sum('asked') === 0 ? '' : ` · ${sum('asked')} asked`;
      const line = `${sum('instances')} container instances · ${sum('records')} records · ${sum('events')} CloudTrail events${asked}`;
      // Of a line that is broken only the rest can be erased.
      err(`${eraseLine}${line.slice(0, width('err') - 1)}`);
    },
    end: () => err(eraseLine),
  };
}

/** Clusters that were asked for and that nobody has: with several accounts, one may have what the others do not. */
function nowhere(clusters: readonly string[], readings: readonly FleetReading[]): string[] {
  if (readings.some(({ ecs }) => ecs.failure !== undefined)) return [];
  return clusters.filter((cluster) =>
    readings.every(
      ({ ecs }) => !ecs.told.clusters.some(({ arn, name }) => cluster === arn || cluster === name),
    ),
  );
}

async function unknownClusters(
  lost: readonly string[],
  targets: readonly FleetTarget[],
  signal: AbortSignal,
): Promise<ConfigError> {
  const where = targets.map(({ name }) => name).join('; ');
  const known = (
    await Promise.all(targets.map(({ clients }) => listClusters(clients.ecs, signal).catch(() => [])))
  )
    .flat()
    .map(clusterName);
  return usageErrors(
    lost.map((cluster) =>
      usageProblem(
        '--cluster',
        `There is no active cluster ${cluster} in ${where}.`,
        meantOrAll(clusterName(cluster), known, 'cluster to be seen'),
      ),
    ),
  );
}

/** What waiting may help against. */
function mayComeBack({ ecs: { failure } }: FleetReading): boolean {
  return failure === undefined || failure.kind === 'throttled' || failure.kind === 'unreachable';
}

interface Shown {
  readonly json: boolean;
  readonly only: 'all' | 'not-done';
  readonly nowMs: number;
  readonly output: Output;
  /** Why it is not the answer that was waited for. */
  readonly late: readonly Problem[];
}

function show(
  verdict: FleetVerdict,
  readings: readonly FleetReading[],
  { json, only, nowMs, output, late }: Shown,
): void {
  const blind = readings.flatMap(({ target, ecs: { failure } }) =>
    failure ? [awsProblem(failure, target)] : [],
  );
  const problems = [...blind, ...late];
  if (json) {
    const report: FleetForm = reportJson(verdict, readings, { nowMs, onlyNotDone: only === 'not-done' });
    printResult(output, 'fleet', report, problemsAsJson(problems));
  }
  printErrors(output, problems);
  // With nothing to show where nobody answered.
  if (json || (blind.length === readings.length && verdict.hosts.length === 0)) return;
  const layout = { width: output.width(), nowMs };
  const lines = only === 'not-done' ? undoneLines(verdict, layout) : reportLines(verdict, readings, layout);
  if (lines.length > 0) output.out(`${lines.join('\n')}\n`);
  if (only === 'not-done') output.err(`${headline(verdict)}\n`);
}

/** Where ECS itself did not answer, that is what is to be put right first. */
function exitCodeOf({ answer }: FleetVerdict, readings: readonly FleetReading[]): ExitCode {
  const [failure] = readings.flatMap(({ ecs }) => ecs.failure ?? []);
  if (failure !== undefined) return codeOfAwsFailure(failure);
  return answer === 'yes' ? exitCodes.done.code : exitCodes.notDone.code;
}
