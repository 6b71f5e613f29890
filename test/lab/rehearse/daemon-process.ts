import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { inCheckout } from '../checkout.ts';
import { endChild, exitCodeOf } from '../processes.ts';
import { type DaemonEvent, parseDaemonEvent } from './daemon-event.ts';

/** The daemon as it is shipped, as a child process. */
export interface DaemonProcess {
  /** Everything it has logged so far. */
  readonly events: readonly DaemonEvent[];
  /** Undefined while it runs. */
  exitCode(): number | undefined;
  close(): Promise<void>;
}

export interface DaemonOptions {
  /** Settings by name, such as `docker-host`. */
  readonly settings: Readonly<Record<string, string>>;
  /** Where everything it writes is kept. */
  readonly logFile: string;
  /** Directory of programs that stand before this machine's own. */
  readonly programs: string;
  readonly onEvent: (event: DaemonEvent) => void;
  /** Lines that are no events. */
  readonly onOther: (line: string) => void;
}

const bundle = inCheckout('build/ecs-privatelinkd.cjs');
const endsWithinMs = 5_000;

/** `ecs-privatelinkd run`, its settings in its environment, which is otherwise empty. */
export function startDaemonProcess(options: DaemonOptions): DaemonProcess {
  const settings = Object.entries(options.settings).map(([name, value]) => [
    `ECS_PRIVATELINKD_${name.toUpperCase().replaceAll('-', '_')}`,
    value,
  ]);
  // Ends with this process, however that ends.
  const child = spawn('setpriv', ['--pdeathsig=KILL', process.execPath, bundle, 'run'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: `${options.programs}:${process.env['PATH']}`, ...Object.fromEntries(settings) },
  });
  if (child.pid === undefined) {
    throw new Error('setpriv is missing (util-linux)');
  }
  const events: DaemonEvent[] = [];
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      appendFileSync(options.logFile, `${line}\n`);
      const event = parseDaemonEvent(line);
      if (event === undefined) {
        options.onOther(line);
      } else {
        events.push(event);
        options.onEvent(event);
      }
    });
  }
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
