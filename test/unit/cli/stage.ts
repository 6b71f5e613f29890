import type { Output } from '../../../src/cli/output.ts';
import type { Clock } from '../../../src/kit/clock.ts';

/** What a command printed. */
export class Printed implements Output {
  readonly isTerminal: boolean;
  stdout = '';
  stderr = '';

  readonly #width: number;

  /** @param width Infinity is that of a pipe */
  constructor(isTerminal = false, width = 80) {
    this.isTerminal = isTerminal;
    this.#width = width;
  }

  width(): number {
    return this.#width;
  }

  out(text: string): void {
    this.stdout += text;
  }

  err(text: string): void {
    this.stderr += text;
  }

  json(): unknown {
    return JSON.parse(this.stdout);
  }

  get widest(): number {
    return Math.max(...this.stdout.split('\n').map((line) => line.length));
  }
}

/** A clock whose sleeps take no time but the one they were asked for; `onSleep` is told of each. */
export function sleepingClock(onSleep: (ms: number) => Promise<void> | void = () => {}): Clock {
  let monoMs = 1_000_000;
  return {
    now: () => ({ monoMs, wallMs: 1_700_000_000_000 + monoMs }),
    sleep: async (ms, signal) => {
      signal.throwIfAborted();
      monoMs += ms;
      await onSleep(ms);
      signal.throwIfAborted();
    },
  };
}
