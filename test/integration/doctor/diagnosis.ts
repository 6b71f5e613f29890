import { expect } from 'vitest';
import type { describeDiagnosis } from '../../../src/doctor/describe-diagnosis.ts';
import type { CheckName } from '../../../src/doctor/order.ts';
import type { Host } from '../../lab/hosts/host.ts';
import { documentOf } from '../../lab/json-document.ts';
import type { Settings } from '../../lab/program.ts';

export type Diagnosis = ReturnType<typeof describeDiagnosis>;

/** What `doctor --json` says of the host. */
export async function diagnose(
  host: Pick<Host, 'command'>,
  settings: Settings = {},
  flags: readonly string[] = [],
): Promise<Diagnosis> {
  const { stdout, stderr, exitCode } = await host.command(['doctor', '--json', ...flags], settings);
  if (stdout === '') throw new Error(`doctor ended with ${exitCode} and said nothing: ${stderr}`);
  const diagnosis: Diagnosis = documentOf('doctor', stdout);
  expect(exitCode).toBe(diagnosis.ok ? 0 : 1);
  return diagnosis;
}

/** What doctor must make of a fault. */
export interface ExpectedCause {
  readonly cause: CheckName;
  readonly code: string;
  /** What the advice must name. */
  readonly advice: RegExp;
  /** Other roots that the fault has by its nature. */
  readonly beside?: readonly CheckName[];
}

/** THE cause is this finding, and what it advises names this. Everything else that failed follows from it. */
export function expectCause(diagnosis: Diagnosis, expected: ExpectedCause): void {
  const { cause, causes } = diagnosis;
  const { cause: check, code, advice, beside = [] } = expected;
  expect({ check: cause?.name, code: cause?.code }, seenIn(diagnosis)).toEqual({ check, code });
  expect(cause?.advice).toMatch(advice);
  expect(cause?.meaning).toBeTruthy();
  expect(new Set(causes), seenIn(diagnosis)).toEqual(new Set([...beside, check]));
}

/** Everything that is not well, for the message of a failed test. */
export function seenIn({ checks }: Diagnosis): string {
  return checks
    .filter(({ status }) => status !== 'pass')
    .map(({ name, status, code, seen, becauseOf }) => `${status} ${name} ${code} (${becauseOf}): ${seen}`)
    .join('\n');
}
