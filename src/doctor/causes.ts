import { causeRules, type Source } from './cause-rules.ts';
import type { CheckResult } from './check.ts';
import { type CheckName, checkNames, endpointCheckNames } from './order.ts';

/** A result with the check from whose finding it follows. */
export interface ExplainedResult extends CheckResult {
  /** The root: a check that follows from none itself. Undefined where this is one, or all is well. */
  readonly becauseOf: CheckName | undefined;
}

export interface Diagnosis {
  readonly results: readonly ExplainedResult[];
  /** What is wrong and follows from nothing else, least important first: the last one is the cause. */
  readonly causes: readonly ExplainedResult[];
}

/** Tells causes from what follows from them. Pure; results may be of any selection of checks. */
export function findCauses(results: readonly CheckResult[]): Diagnosis {
  const failing = new Map(results.filter(isFailing).map((result) => [result.name, result]));

  function rootOf(result: CheckResult, above: ReadonlySet<CheckName>): CheckName | undefined {
    const cause = directCause(result, failing, above);
    if (cause === undefined) return undefined;
    return rootOf(cause, new Set([...above, cause.name])) ?? cause.name;
  }

  const explained = results.map((result): ExplainedResult => {
    const becauseOf = result.status === 'pass' ? undefined : rootOf(result, new Set([result.name]));
    return { ...result, becauseOf };
  });
  const roots = explained.filter((result) => isFailing(result) && result.becauseOf === undefined);
  return { results: explained, causes: roots.sort(byWeight) };
}

/** A failure outweighs a warning; beyond that, what stands first among the checks is nearest to the root. */
function byWeight(one: CheckResult, other: CheckResult): number {
  if (one.status !== other.status) return one.status === 'fail' ? 1 : -1;
  return checkNames.indexOf(other.name) - checkNames.indexOf(one.name);
}

function isFailing({ status }: CheckResult): boolean {
  return status === 'fail' || status === 'warn';
}

function directCause(
  result: CheckResult,
  failing: ReadonlyMap<CheckName, CheckResult>,
  above: ReadonlySet<CheckName>,
): CheckResult | undefined {
  const effect = `${result.name}/${result.code}`;
  const causes = causeRules
    .filter(([effects]) => effects.some((one) => one === result.name || one === effect))
    .flatMap(([, sources]) => sources.map((source) => failingSource(source, failing)));
  return (
    causes.find((cause) => cause !== undefined && !above.has(cause.name)) ??
    sameAtAnother(result, failing, above)
  );
}

function failingSource(
  source: Source,
  failing: ReadonlyMap<CheckName, CheckResult>,
): CheckResult | undefined {
  const [name, code] = source.split('/');
  const result = [...failing.values()].find((one) => one.name === name);
  if (code === undefined) return result?.status === 'fail' ? result : undefined;
  return result?.code === code ? result : undefined;
}

/** What is wrong in the same way with several endpoints is said of the first: they mostly share a security group. */
function sameAtAnother(
  { name, code }: CheckResult,
  failing: ReadonlyMap<CheckName, CheckResult>,
  above: ReadonlySet<CheckName>,
): CheckResult | undefined {
  const names: readonly CheckName[] = endpointCheckNames;
  const own = names.indexOf(name);
  const earlier = names.slice(0, Math.max(0, own)).find((one) => failing.get(one)?.code === code);
  return earlier === undefined || above.has(earlier) ? undefined : failing.get(earlier);
}
