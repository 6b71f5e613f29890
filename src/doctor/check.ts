import type { DoctorHost, ReadingName } from './doctor-host.ts';
import type { Findings } from './finding.ts';
import type { CheckName } from './order.ts';

export type CheckStatus = 'pass' | 'warn' | 'fail' | 'skip';

/** What a check came to. */
export interface Outcome {
  readonly status: CheckStatus;
  /** `ok`, a key of the check's findings, or `late`. Stable and public. */
  readonly code: string;
  /** What was seen, in one sentence. */
  readonly seen: string;
  /** What it means and what to do; undefined where all is well. */
  readonly meaning: string | undefined;
  readonly advice: string | undefined;
}

/** One thing that is looked at, whatever the others find. */
export interface Check {
  readonly name: CheckName;
  /** What is looked at, for `--list` and docs/troubleshooting.md. */
  readonly title: string;
  /** Everything that it may find other than that all is well. */
  readonly findings: Findings;
  /** Made only when asked for by this flag. */
  readonly onlyWith?: 'ec2';
  /** Readings that are waited for before the check's own time begins. */
  readonly needs: readonly ReadingName[];
  /** May reject; that is then reported as a defect. */
  run(host: DoctorHost, signal: AbortSignal): Promise<Outcome>;
}

/** The outcome of one check with its name. */
export interface CheckResult extends Outcome {
  readonly name: CheckName;
  /** From when all that the check needs was there. */
  readonly durationMs: number;
}
