import { writeSync } from 'node:fs';
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

export function standardOutput(): Output {
  return {
    out: (text) => writeAll(1, text),
    err: (text) => writeAll(2, text),
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
