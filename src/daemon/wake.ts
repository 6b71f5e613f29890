import type { Clock } from '../kit/clock.ts';
import { deriveAbort } from '../kit/deadline.ts';

/** A wait that something can cut short. A call between two waits cuts the next one short: nothing is missed. */
export interface Wake {
  /** Ends the wait under way, or the next one. */
  now(): void;
  /** Resolves after `ms` or when woken. Rejects with the signal's reason. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export function createWake(clock: Clock): Wake {
  let pending = false;
  let interrupt: (() => void) | undefined;

  return {
    now() {
      pending = true;
      interrupt?.();
    },
    async wait(ms, signal) {
      signal.throwIfAborted();
      const cut = deriveAbort(signal);
      interrupt = () => cut.abort();
      try {
        if (!pending) await clock.sleep(ms, cut.signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!cut.signal.aborted) throw error;
      } finally {
        cut.release();
        interrupt = undefined;
      }
      pending = false;
    },
  };
}
