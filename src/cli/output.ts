import { writeSync } from 'node:fs';
import { layOutRows, type Row } from '../kit/layout.ts';
import { visible } from '../kit/printable.ts';
import { errorCodeOf } from '../kit/problem.ts';

/** Where commands print, and whether a person is reading. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
  readonly isTerminal: boolean;
  /** Columns that there are on standard output (default) or standard error; Infinity where nobody has a width. */
  width(of?: 'out' | 'err'): number;
}

export function printJson(output: Output, value: unknown): void {
  output.out(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** Prints rows as wide as there is room. */
export function printRows(output: Output, rows: readonly Row[]): void {
  output.out(`${layOutRows(rows, output.width()).join('\n')}\n`);
}

/**
 * The report's own: colours, and before all else what erases the line of progress; further on that would be the line that
 * it stands in. Nothing else that a terminal obeys gets out.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what this is about
const own = /(^\r\u001b\[K|\u001b\[(?:[01]|3[1-3]|90)m)/;

/** What is printed of a text, no matter who wrote it. */
export function harmless(text: string): string {
  // The odd pieces are what was split at.
  return text
    .split(own)
    .map((piece, index) => (index % 2 === 1 ? piece : visible(piece)))
    .join('');
}

export function standardOutput(write: (fd: 1 | 2, text: string) => void = writeAll): Output {
  return {
    out: (text) => write(1, harmless(text)),
    err: (text) => write(2, harmless(text)),
    isTerminal: process.stderr.isTTY === true,
    width: (of = 'out') => columnsOf(of === 'out' ? process.stdout : process.stderr, process.env['COLUMNS']),
  };
}

/** What a terminal that does not say how wide it is gets; some consoles say 0. */
const usualColumns = 80;

/**
 * Columns of a terminal, as it is now. Where there is none, what the caller names in COLUMNS (as watch(1) does for what it
 * shows), and otherwise no limit: a pipe or a file has no width.
 */
export function columnsOf(
  stream: { readonly isTTY?: boolean; readonly columns?: number },
  named: string | undefined,
): number {
  const asked = /^[1-9]\d{0,3}$/.test(named ?? '') ? Number(named) : undefined;
  if (stream.isTTY === true) return stream.columns || asked || usualColumns;
  return asked ?? Number.POSITIVE_INFINITY;
}

/** Synchronous, because a line must not be lost with the process; patient, because a pipe may be full. */
function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  let offset = 0;
  while (offset < bytes.length) {
    try {
      offset += writeSync(fd, bytes, offset);
    } catch (error) {
      if (errorCodeOf(error) === 'EAGAIN') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      else if (errorCodeOf(error) === 'EPIPE') return;
      else throw error;
    }
  }
}
