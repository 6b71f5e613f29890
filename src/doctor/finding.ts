import type { Problem } from '../kit/problem.ts';
import type { Reason } from '../reconcile/phase.ts';
import { type EndpointService, isRequired } from '../settings/endpoint-services.ts';
import type { Outcome } from './check.ts';

/** Something that a check may find. `{name}` in the advice stands for what is known on the host only. */
export interface Finding {
  readonly status: 'warn' | 'fail' | 'skip';
  readonly meaning: string;
  readonly advice: string;
}

/** By code. Codes are stable and public (docs/troubleshooting.md). */
export type Findings = Readonly<Record<string, Finding>>;

/** Rows of such a table. In the place of advice may stand a problem that brings its own: what it says is for the documents. */
export function fail(meaning: string, advice: string | Problem): Finding {
  return row('fail', meaning, advice);
}

export function warn(meaning: string, advice: string): Finding {
  return row('warn', meaning, advice);
}

export function skip(meaning: string, advice: string): Finding {
  return row('skip', meaning, advice);
}

function row(status: Finding['status'], meaning: string, advice: string | Problem): Finding {
  return { status, meaning, advice: typeof advice === 'string' ? advice : advice.advice };
}

type Values = Readonly<Record<string, string | undefined>>;

export function passed(seen: string): Outcome {
  return { status: 'pass', code: 'ok', seen, meaning: undefined, advice: undefined };
}

/** An outcome of the table; what is not known of `values` stays in capitals, as a word to be replaced. */
export function found<Table extends Findings>(
  findings: Table,
  code: keyof Table & string,
  seen: string,
  values: Values = {},
): Outcome {
  const finding = findings[code];
  if (finding === undefined) throw new Error(`no finding ${code}`);
  return {
    status: finding.status,
    code,
    seen,
    meaning: finding.meaning,
    advice: fill(finding.advice, values),
  };
}

/** An outcome whose words are those of a problem; the table adds what it means. */
export function foundProblem(findings: Findings, problem: Problem | Reason): Outcome {
  const { code, message, advice } = problem;
  const finding = findings[code];
  return {
    status: finding?.status ?? 'fail',
    code,
    seen: message,
    meaning: finding?.meaning,
    advice: advice ?? finding?.advice,
  };
}

/** An outcome about one endpoint: of one that nothing waits for, a failure is a warning. */
export function ofEndpoint(service: EndpointService, outcome: Outcome): Outcome {
  return outcome.status === 'fail' && !isRequired(service) ? { ...outcome, status: 'warn' } : outcome;
}

function fill(template: string, values: Values): string {
  return template.replace(
    /\{(\w+)\}/g,
    (_, name: string) => values[name] ?? name.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase(),
  );
}
