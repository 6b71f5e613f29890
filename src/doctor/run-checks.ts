import { LateError, within } from '../kit/deadline.ts';
import { messageOf } from '../kit/problem.ts';
import type { Check, CheckResult, Outcome } from './check.ts';
import type { DoctorHost } from './doctor-host.ts';

/** Longest time for one check, once the readings that it needs are there. */
const checkMs = 3_000;

/**
 * Runs all checks side by side. Results come in the order of `checks`, and so is `onResult` told each, once those before
 * it are there.
 * A check that is late, or fails with an unexpected error, is a result too: rejects only with the signal's
 * reason.
 */
export async function runChecks(
  checks: readonly Check[],
  host: DoctorHost,
  onResult: (result: CheckResult) => void,
  signal: AbortSignal,
): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  for (const running of checks.map((check) => runOne(check, host, signal))) {
    const result = await running;
    signal.throwIfAborted();
    onResult(result);
    results.push(result);
  }
  return results;
}

/** Never rejects. */
async function runOne(check: Check, host: DoctorHost, signal: AbortSignal): Promise<CheckResult> {
  // What became of a reading is seen by the check itself.
  await Promise.allSettled(check.needs.map((name) => host[name]()));
  const startedMs = performance.now();
  const outcome = await within(`the check ${check.name}`, checkMs, signal, (own) =>
    check.run(host, own),
  ).catch((thrown) => outcomeOf(thrown, check));
  return { name: check.name, ...outcome, durationMs: Math.round(performance.now() - startedMs) };
}

function outcomeOf(thrown: unknown, check: Check): Outcome {
  if (thrown instanceof LateError) {
    return {
      status: 'fail',
      code: 'late',
      seen: thrown.message,
      meaning: 'It is not known how this stands; something that was asked hangs or is very slow.',
      advice: `Ask again with \`ecs-privatelinkd doctor --only ${check.name}\`, and look for load on this host (\`uptime\`).`,
    };
  }
  return {
    status: 'fail',
    code: 'defect',
    seen: messageOf(thrown),
    meaning: 'The check itself failed with an unexpected error: a bug of ecs-privatelinkd.',
    advice: 'Please report it, with `ecs-privatelinkd doctor --bundle FILE`.',
  };
}
