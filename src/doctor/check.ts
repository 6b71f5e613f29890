import type { DoctorHost, ReadingName } from './doctor-host.ts';
import { type Findings, type Found, type FoundProblem, outcomeOf, type Values } from './finding.ts';
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

type Came<Code extends string> = Found<Code> | FoundProblem | Outcome;

/** What a check is made of. Codes that `findings` lacks do not compile. */
interface Definition<Name extends CheckName, Table extends Findings> extends Omit<Check, 'run'> {
  readonly name: Name;
  readonly findings: Table;
  /** Of several, the first of the worst counts. */
  run(
    host: DoctorHost,
    signal: AbortSignal,
  ): Promise<Came<keyof Table & string> | readonly Came<keyof Table & string>[]>;
}

const worstFirst: readonly CheckStatus[] = ['fail', 'warn', 'skip', 'pass'];

/** A check whose outcomes follow from its table. */
export function check<const Name extends CheckName, const Table extends Findings>(
  definition: Definition<Name, Table>,
) {
  return {
    ...definition,
    run: async (host, signal) => {
      const all: readonly Came<string>[] = [await definition.run(host, signal)].flat();
      const values = all.some((one) => 'values' in one) ? await known(host, definition.needs) : {};
      const outcomes = all.map((one) => outcomeOf(definition.findings, one, values));
      const [worst] = outcomes.toSorted(
        (one, other) => worstFirst.indexOf(one.status) - worstFirst.indexOf(other.status),
      );
      if (worst === undefined) throw new Error(`${definition.name} came to nothing`);
      return worst;
    },
  } satisfies Check;
}

/** What advice may name on every host. */
async function known(host: DoctorHost, needs: readonly ReadingName[]): Promise<Values> {
  const { agentUnit: unit, stateDir: directory } = host.settings;
  if (!needs.includes('observation')) return { unit, directory };
  const { instance, agent } = await host.observation();
  const { region, vpcId, subnetId } = instance.facts ?? {};
  return { unit, directory, region, vpcId, subnetId, name: agent.container?.name };
}

/** The outcome of one check with its name. */
export interface CheckResult extends Outcome {
  readonly name: CheckName;
  /** From when all that the check needs was there. */
  readonly durationMs: number;
}
