import { layOut, layOutRows } from '../../kit/layout.ts';
import { printable } from '../../kit/printable.ts';
import type { Diagnosis, ExplainedResult } from '../causes.ts';
import type { CheckResult, CheckStatus } from '../check.ts';
import { type CheckName, checkNames } from '../order.ts';

const nameWidth = Math.max(...checkNames.map((name) => name.length));
const labelWidth = 9;
const labelOfResult = 'pass'.length + 2;

/** More than any check says of what it saw. */
const longestSeen = 2_000;

/** One result as it is there: a line, or as many as what was seen needs. */
export function resultLines({ name, status, seen }: CheckResult, style: Style, width: number): string[] {
  const row = { label: status, lead: `${name.padEnd(nameWidth)}  `, text: printable(seen, longestSeen) };
  const lines = layOutRows([row], width, labelOfResult);
  if (status === 'skip') return lines.map(style.dim);
  return lines.map((line, index) => (index === 0 ? style.mark(status) + line.slice(status.length) : line));
}

/** What follows the results: how many, what follows from what, and each cause; the one that matters most comes last. */
export function summaryLines({ results, causes }: Diagnosis, style: Style, width: number): string[] {
  return [
    '',
    ...layOut(counts(results), 0, width).map(style.bold),
    ...followers(results, width).map(style.dim),
    ...causes.flatMap((cause, index) => [
      '',
      ...causeLines(cause, index === causes.length - 1, style, width),
    ]),
    ...(causes.length === 0 ? layOut(allWell(results), 0, width) : []),
  ];
}

function counts(results: readonly CheckResult[]): string {
  const of = (status: CheckStatus) => results.filter((result) => result.status === status).length;
  const words = [
    `${of('pass')} passed`,
    `${of('warn')} warned`,
    `${of('fail')} failed`,
    `${of('skip')} skipped`,
  ];
  return `${results.length} check${results.length === 1 ? '' : 's'}: ${words.join(', ')}`;
}

function followers(results: readonly ExplainedResult[], width: number): string[] {
  const byCause = new Map<CheckName, CheckName[]>();
  for (const { name, becauseOf } of results) {
    if (becauseOf !== undefined) byCause.set(becauseOf, [...(byCause.get(becauseOf) ?? []), name]);
  }
  return [...byCause].flatMap(([cause, names]) =>
    layOut(`because of ${cause}: ${names.join(', ')}`, 2, width),
  );
}

function causeLines(
  { name, status, code, seen, meaning, advice }: ExplainedResult,
  last: boolean,
  style: Style,
  width: number,
): string[] {
  const title = status !== 'fail' ? 'Warning' : last ? 'THE CAUSE' : 'Also';
  const rows = [
    { label: '  seen', text: seen },
    // Of the others as little as is needed: one thing is fixed at a time.
    ...(last && meaning !== undefined ? [{ label: '  means', text: meaning }] : []),
    ...(advice === undefined ? [] : [{ label: '  to do', text: advice, isAdvice: true }]),
  ];
  const heading = layOut(`${title}: ${name} (${code})`, 0, width);
  return [
    ...heading.map((line) => line.replace(/^[^(]*[^( ]/, style.bold).replace(/\(\S+\)$/, style.dim)),
    ...layOutRows(rows, width, labelWidth),
  ];
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
