import { writeSync } from 'node:fs';
import { visible } from '../kit/printable.ts';
import { errorCodeOf } from '../kit/problem.ts';
import { wrapText } from '../kit/wrap-text.ts';

/** Where commands print, and whether a person is reading. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
  readonly isTerminal: boolean;
}

export function printJson(output: Output, value: unknown): void {
  output.out(`${JSON.stringify(value, undefined, 2)}\n`);
}

const labelWidth = 11;

/** One row `label      text`: prose is broken at 80 columns under its label, rows of the endpoints' table are not. */
export function wrapRow(row: string): string {
  if (row.length <= 80 || row.startsWith('endpoints') || row.startsWith(' ')) return row;
  const indent = ' '.repeat(labelWidth);
  return row.slice(0, labelWidth) + wrapText(row.slice(labelWidth), 80 - labelWidth).join(`\n${indent}`);
}

/** The report's own: colours, and what erases the line of progress. Nothing else that a terminal obeys gets out. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what this is about
const own = /(\r\u001b\[K|\u001b\[(?:[01]|3[1-3]|90)m)/;

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
  };
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
