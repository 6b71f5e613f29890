import { setTimeout as delay } from 'node:timers/promises';

/** How long to wait for a state and how often to look, in milliseconds. */
export interface Patience {
  readonly timeout?: number;
  readonly interval?: number;
}

/**
 * Looks until what is seen passes `accept`, and resolves with it.
 * @throws Error with the last thing seen, or thrown, when `timeout` (2 min) passed first
 */
export async function eventually<T>(
  what: string,
  look: () => T | Promise<T>,
  accept: (seen: T) => boolean,
  patience: Patience = {},
): Promise<T> {
  const timeout = patience.timeout ?? 120_000;
  const deadline = performance.now() + timeout;
  let last: unknown;
  do {
    try {
      const seen = await look();
      if (accept(seen)) {
        return seen;
      }
      last = seen;
    } catch (thrown) {
      last = thrown;
    }
    await delay(patience.interval ?? 50);
  } while (performance.now() < deadline);
  const shown = last instanceof Error ? last.message : JSON.stringify(last);
  throw new Error(`${what}: not within ${timeout} ms; last seen: ${shown}`);
}
