import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { inCheckout } from './checkout.ts';
import { type DaemonEvent, parseDaemonEvent } from './rehearse/daemon-event.ts';

/** The program as the checkout builds it. */
export const bundle = inCheckout('build/ecs-privatelinkd.cjs');

/** Settings of the program by name, such as `waiting-interval`. */
export type Settings = Readonly<Record<string, string>>;

/** Settings as the program reads them from its environment. */
export function environmentOf(settings: Settings): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      `ECS_PRIVATELINKD_${name.toUpperCase().replaceAll('-', '_')}`,
      value,
    ]),
  );
}

/** The program as a child process. */
export type Program = ChildProcessByStdio<null, Readable, Readable>;

export interface ProgramOptions {
  readonly settings: Settings;
  /** What to run; default the checkout's build under this Node.js. */
  readonly program?: readonly string[] | undefined;
  /** Arguments of setpriv(1) that take privileges from it; default none are taken. */
  readonly setpriv?: readonly string[] | undefined;
  /** Directory of programs that stand before this machine's own. */
  readonly programs?: string | undefined;
}

/** Starts the program with nothing but its settings in its environment. It ends with this process, however that ends. */
export function startProgram(args: readonly string[], options: ProgramOptions): Program {
  const { settings, program = [process.execPath, bundle], setpriv = [], programs } = options;
  const path = [programs, process.env['PATH']].filter((part) => part !== undefined).join(':');
  const child = spawn('setpriv', ['--pdeathsig=KILL', ...setpriv, ...program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: path, ...environmentOf(settings) },
  });
  if (child.pid === undefined) throw new Error('setpriv is missing (util-linux)');
  return child;
}

/** Calls `take` with each line that a daemon writes, and the event that it logs, if it logs one. */
export function readLines(
  { stdout, stderr }: Program,
  take: (line: string, event: DaemonEvent | undefined) => void,
): void {
  for (const input of [stdout, stderr]) {
    createInterface({ input }).on('line', (line) => take(line, parseDaemonEvent(line)));
  }
}
