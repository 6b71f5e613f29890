import type { Problem } from '../kit/problem.ts';
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

/** By the names that stand in advice. */
export type Values = Readonly<Record<string, string | undefined>>;

/** What a check came upon, before its table says how bad that is. */
export interface Found<Code extends string = string> extends About {
  readonly code: Code;
  readonly seen: string;
  /** Beside what is known of every host. */
  readonly values: Values;
}

/** A problem whose words are its own; the table, if it has its code, adds what it means. */
export interface FoundProblem extends About {
  readonly problem: { readonly code: string; readonly message: string; readonly advice?: string | undefined };
}

interface About {
  /** The endpoint that this is about: of one that nothing waits for, a failure is a warning. */
  readonly service?: EndpointService;
}

export function passed(seen: string): Outcome {
  return { status: 'pass', code: 'ok', seen, meaning: undefined, advice: undefined };
}

export function found<const Code extends string>(code: Code, seen: string, values: Values = {}): Found<Code> {
  return { code, seen, values };
}

export function foundProblem(problem: FoundProblem['problem']): FoundProblem {
  return { problem };
}

/** By the table; what is not known of `values` stays in capitals, as a word to be replaced. */
export function outcomeOf(findings: Findings, came: Found | FoundProblem | Outcome, values: Values): Outcome {
  if ('status' in came) return came;
  const code = 'problem' in came ? came.problem.code : came.code;
  const finding = findings[code];
  if (finding === undefined && !('problem' in came)) throw new Error(`no finding ${code}`);
  const { status = 'fail', meaning, advice } = finding ?? {};
  const words =
    'problem' in came
      ? { seen: came.problem.message, advice: came.problem.advice ?? advice }
      : { seen: came.seen, advice: advice && fill(advice, { ...values, ...came.values }) };
  const softened = status === 'fail' && came.service !== undefined && !isRequired(came.service);
  return { status: softened ? 'warn' : status, code, meaning, ...words };
}

/** The advice with its `{names}` replaced. */
export function fill(advice: string, values: Values): string {
  return advice.replace(
    /\{(\w+)\}/g,
    (_, name: string) => values[name] ?? name.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase(),
  );
}
