import { appendFileSync } from 'node:fs';
import { endChild, exitCodeOf } from '../processes.ts';
import { readLines, type Settings, startProgram } from '../program.ts';
import type { DaemonEvent } from './daemon-event.ts';

/** The daemon as it is shipped, as a child process. */
export interface DaemonProcess {
  /** Everything it has logged so far. */
  readonly events: readonly DaemonEvent[];
  /** Undefined while it runs. */
  exitCode(): number | undefined;
  close(): Promise<void>;
}

export interface DaemonOptions {
  readonly settings: Settings;
  /** Where everything it writes is kept. */
  readonly logFile: string;
  /** Directory of programs that stand before this machine's own. */
  readonly programs: string;
  readonly onEvent: (event: DaemonEvent) => void;
  /** Lines that are no events. */
  readonly onOther: (line: string) => void;
}

const endsWithinMs = 5_000;

/** Starts `ecs-privatelinkd run`. */
export function startDaemonProcess(options: DaemonOptions): DaemonProcess {
  const child = startProgram(['run'], options);
  const events: DaemonEvent[] = [];
  readLines(child, (line, event) => {
    appendFileSync(options.logFile, `${line}\n`);
    if (event === undefined) {
      options.onOther(line);
    } else {
      events.push(event);
      options.onEvent(event);
    }
  });
  let exitCode: number | undefined;
  // Not at `exit`: what it wrote last is to be read first.
  child.once('close', (code, signal) => {
    exitCode = exitCodeOf(code, signal);
  });
  return {
    events,
    exitCode: () => exitCode,
    close: () => endChild(child, endsWithinMs),
  };
}
