import { printable } from '../../kit/printable.ts';
import type { Diagnosis, ExplainedResult } from '../causes.ts';
import type { CheckResult, CheckStatus } from '../check.ts';
import { type CheckName, checkNames } from '../order.ts';
import { layOut, layOutAdvice } from './layout.ts';

const width = 80;
const nameWidth = Math.max(...checkNames.map((name) => name.length));
const labelWidth = 9;

/** One line for one result, as it is there. */
export function resultLine({ name, status, seen }: CheckResult, style: Style): string {
  const room = width - 'pass'.length - nameWidth - 4;
  const shown = printable(seen, room);
  const words = status === 'skip' ? style.dim(shown) : shown;
  return `${style.mark(status)}  ${name.padEnd(nameWidth)}  ${words}`;
}

/** What follows the results: how many, what follows from what, and each cause; the one that matters most comes last. */
export function summaryLines({ results, causes }: Diagnosis, style: Style): string[] {
  return [
    '',
    counts(results, style),
    ...followers(results, style),
    ...causes.flatMap((cause, index) => ['', ...causeLines(cause, index === causes.length - 1, style)]),
    ...(causes.length === 0 ? [allWell(results)] : []),
  ];
}

function counts(results: readonly CheckResult[], style: Style): string {
  const of = (status: CheckStatus) => results.filter((result) => result.status === status).length;
  const words = [
    `${of('pass')} passed`,
    `${of('warn')} warned`,
    `${of('fail')} failed`,
    `${of('skip')} skipped`,
  ];
  return style.bold(`${results.length} check${results.length === 1 ? '' : 's'}: ${words.join(', ')}`);
}

function followers(results: readonly ExplainedResult[], style: Style): string[] {
  const byCause = new Map<CheckName, CheckName[]>();
  for (const { name, becauseOf } of results) {
    if (becauseOf !== undefined) byCause.set(becauseOf, [...(byCause.get(becauseOf) ?? []), name]);
  }
  return [...byCause].flatMap(([cause, names]) => {
    const text = `because of ${cause}: ${names.join(', ')}`;
    return layOut(text, 2, width).map((line) => style.dim(line));
  });
}

function causeLines(
  { name, status, code, seen, meaning, advice }: ExplainedResult,
  last: boolean,
  style: Style,
): string[] {
  const title = last ? 'THE CAUSE' : status === 'fail' ? 'Also' : 'Warning';
  return [
    `${style.bold(`${title}: ${name}`)} ${style.dim(`(${code})`)}`,
    ...labelled('seen', seen, layOut),
    // Of the others as little as is needed: one thing is fixed at a time.
    ...labelled('means', last ? meaning : undefined, layOut),
    ...labelled('to do', advice, layOutAdvice),
  ];
}

function labelled(
  label: string,
  text: string | undefined,
  lay: (text: string, indent: number, width: number) => string[],
): string[] {
  if (text === undefined) return [];
  const [first = '', ...rest] = lay(text, labelWidth, width);
  return [`  ${label}`.padEnd(labelWidth) + first.slice(labelWidth), ...rest];
}

function allWell(results: readonly CheckResult[]): string {
  const path = results.find(({ name }) => name === 'agent-path');
  return path?.status === 'pass' ? `On PrivateLink: ${path.seen}` : 'No problem found by these checks.';
}

/** How results are marked: colour on a terminal, nothing where it is piped. */
export interface Style {
  mark(status: CheckStatus): string;
  bold(text: string): string;
  dim(text: string): string;
}

const codes = { pass: 32, warn: 33, fail: 31, skip: 90 } as const satisfies Record<CheckStatus, number>;

export const plainStyle: Style = { mark: (status) => status, bold: (text) => text, dim: (text) => text };

/** ANSI colours, of the 16 that every terminal has. */
export const colourStyle: Style = {
  mark: (status) => paint(codes[status], status),
  bold: (text) => paint(1, text),
  dim: (text) => paint(90, text),
};

function paint(code: number, text: string): string {
  return `\u001b[${code}m${text}\u001b[0m`;
}
