import { writeSync } from 'node:fs';
import { errorCodeOf } from '../kit/problem.ts';

/** Where finished lines go. */
export interface LogSink {
  /** Whether the line was taken. One that was not is lost. */
  write(line: string): boolean;
  /** Since it was opened. */
  linesLost(): number;
}

/** Milliseconds that one line may wait for a reader that has just stopped reading; the lines after it wait no more. */
const patienceMs = 250;
const pauseMs = 5;

/**
 * Standard output or error, whose reader (journald, a program at a pipe) may hang or end. Lines are written
 * synchronously, since one about a kill must not be lost with the process; but a reader that does not read stops nothing.
 */
export function openLogSink(fd: 1 | 2): LogSink {
  // Node.js makes a pipe or socket non-blocking when it first opens it.
  void (fd === 1 ? process.stdout : process.stderr);
  /** Of the line that was taken last: what is not written yet. */
  let rest: Buffer = Buffer.alloc(0);
  let stalled = false;
  let linesLost = 0;

  function writeRest(): void {
    for (let waitedMs = 0; rest.length > 0; ) {
      try {
        rest = rest.subarray(writeSync(fd, rest));
        stalled = false;
      } catch (error) {
        if (errorCodeOf(error) !== 'EAGAIN') {
          // The reader has ended, or the disk is full: the next reader begins with a whole line.
          rest = rest.subarray(rest.length);
          throw error;
        }
        stalled ||= waitedMs >= patienceMs;
        if (stalled) return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
        waitedMs += pauseMs;
      }
    }
  }

  function take(line: string): boolean {
    try {
      writeRest();
      if (rest.length > 0) return false;
      rest = Buffer.from(line);
      const whole = rest.length;
      writeRest();
      // The rest of a line that was begun follows before the next one.
      if (rest.length < whole) return true;
      rest = rest.subarray(whole);
      return false;
    } catch {
      return false;
    }
  }

  return {
    write(line) {
      const taken = take(line);
      if (!taken) linesLost += 1;
      return taken;
    },
    linesLost: () => linesLost,
  };
}
