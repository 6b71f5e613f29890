/** A reading that was not there in time. */
export class LateError extends Error {
  constructor(what: string, limitMs: number) {
    super(`${what} did not finish within ${limitMs / 1000} s`);
    this.name = 'LateError';
  }
}

/**
 * Runs with a signal of its own that aborts with the caller's or at the time limit.
 * @throws LateError at the limit, whether or not `run` heeds its signal
 */
export async function within<T>(
  what: string,
  limitMs: number,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const own = new AbortController();
  return await new Promise<T>((resolve, reject) => {
    function give(up: unknown): void {
      reject(up);
      own.abort(up);
    }
    const onAbort = () => give(signal.reason);
    // What has come while this process was not given the CPU is read first.
    const timer = setTimeout(() => setImmediate(() => give(new LateError(what, limitMs))), limitMs);
    signal.addEventListener('abort', onAbort, { once: true });
    run(own.signal)
      .then(resolve, reject)
      .finally(() => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
      });
  });
}

/** The same promise for every caller; started by the first. */
export function once<T>(start: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | undefined;
  return () => {
    started ??= start();
    return started;
  };
}
