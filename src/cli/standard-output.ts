import { writeSync } from 'node:fs';
import { errorCodeOf } from '../kit/problem.ts';
import type { Output } from './output.ts';

export function standardOutput(): Output {
  return {
    out: (text) => writeAll(1, text),
    err: (text) => writeAll(2, text),
    isTerminal: process.stderr.isTTY === true,
  };
}

/** Synchronous, because a line must not be lost with the process; patient, because a pipe may be full. */
export function writeAll(fd: number, text: string): void {
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
