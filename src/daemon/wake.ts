import type { Clock } from '../kit/clock.ts';

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
      // AbortSignal.any() would leave an entry at the long-lived signal for every wait (nodejs/node#54614).
      const cut = new AbortController();
      const end = () => cut.abort();
      interrupt = end;
      signal.addEventListener('abort', end, { once: true });
      try {
        if (!pending) await clock.sleep(ms, cut.signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!cut.signal.aborted) throw error;
      } finally {
        signal.removeEventListener('abort', end);
        interrupt = undefined;
      }
      pending = false;
    },
  };
}
