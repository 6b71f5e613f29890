import type { Diagnosis, ExplainedResult } from './causes.ts';

/** What `doctor --json` prints of it. */
export function describeDiagnosis({ results, causes }: Diagnosis) {
  const cause = causes.at(-1);
  const count = (status: ExplainedResult['status']) =>
    results.filter((result) => result.status === status).length;
  return {
    ok: results.every(({ status }) => status !== 'fail'),
    counts: { pass: count('pass'), warn: count('warn'), fail: count('fail'), skip: count('skip') },
    /** The one that matters most. */
    cause: cause === undefined ? null : { ...describeResult(cause), explains: explainedBy(cause, results) },
    /** All that is wrong and follows from nothing else, the one that matters most last. */
    causes: causes.map(({ name }) => name),
    checks: results.map(describeResult),
  };
}

function describeResult({ meaning, advice, becauseOf, durationMs, ...result }: ExplainedResult) {
  const { name, status, code, seen } = result;
  const nullable = { meaning: meaning ?? null, advice: advice ?? null, becauseOf: becauseOf ?? null };
  return { name, status, code, seen, ...nullable, durationMs };
}

function explainedBy(cause: ExplainedResult, results: readonly ExplainedResult[]) {
  return results.filter(({ becauseOf }) => becauseOf === cause.name).map(({ name }) => name);
}
