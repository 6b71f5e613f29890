import { setMaxListeners } from 'node:events';

/** Something that was not done in time. */
export class LateError extends Error {
  constructor(what: string, limitMs: number) {
    super(`${what} did not finish within ${limitMs / 1000} s`);
    this.name = 'LateError';
  }
}

/** A signal of one's own that follows another one. */
export interface DerivedAbort {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
  /** Lets go of the timer and of the signal that was followed. To be called in the end, whatever happened. */
  release(): void;
}

/**
 * A signal that aborts with `from` (and its reason), or with what `limit.late` gives once the time is over. Not
 * AbortSignal.any(): that would leave an entry at a long-lived signal for every call (nodejs/node#54614).
 */
export function deriveAbort(
  from: AbortSignal,
  limit?: { readonly ms: number; late(): unknown },
): DerivedAbort {
  const own = new AbortController();
  // Many may follow one, and Node.js 20 takes more than ten listeners for a leak and says so on standard error.
  setMaxListeners(0, from, own.signal);
  const follow = () => own.abort(from.reason);
  from.addEventListener('abort', follow, { once: true });
  if (from.aborted) follow();
  // What has come while this process was not given the CPU is read first.
  const timer = limit && setTimeout(() => setImmediate(() => own.abort(limit.late())), limit.ms);
  return {
    signal: own.signal,
    abort: (reason) => own.abort(reason),
    release() {
      clearTimeout(timer);
      from.removeEventListener('abort', follow);
    },
  };
}

/**
 * Runs with a signal of its own that aborts with the caller's or at the time limit.
 * @throws LateError at the limit, and the signal's reason when that aborts, whether or not `run` heeds its signal
 */
export async function within<T>(
  what: string,
  limitMs: number,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const own = deriveAbort(signal, { ms: limitMs, late: () => new LateError(what, limitMs) });
  try {
    return await new Promise<T>((resolve, reject) => {
      own.signal.addEventListener('abort', () => reject(own.signal.reason), { once: true });
      run(own.signal).then(resolve, reject);
    });
  } finally {
    own.release();
  }
}

/** The same promise for every caller; started by the first. */
export function once<T>(start: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | undefined;
  return () => {
    started ??= start();
    return started;
  };
}
