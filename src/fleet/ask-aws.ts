import { type AwsFailure, awsFailure } from './aws-failure.ts';

/** Thrown where AWS did not answer. */
export class AwsFailureError extends Error {
  readonly failure: AwsFailure;

  constructor(failure: AwsFailure, options?: ErrorOptions) {
    super(failure.message, options);
    this.name = 'AwsFailureError';
    this.failure = failure;
  }
}

/**
 * Runs what asks AWS.
 *
 * @param action the IAM action that it needs
 * @throws AwsFailureError, or the signal's reason when that aborts
 */
export async function askAws<T>(action: string, signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  try {
    return await ask();
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof AwsFailureError) throw thrown;
    throw new AwsFailureError(awsFailure(action, thrown), { cause: thrown });
  }
}

/** What a witness told, and why it told no more; what it told before that still counts. */
export interface Answer<T> {
  readonly told: T;
  readonly failure?: AwsFailure | undefined;
}

/** Calls `work` with each item, `limit` at a time. The first that fails ends it, once those under way have ended. */
export async function inParallel<T>(
  items: Iterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items[Symbol.iterator]();
  let failed = false;
  const worker = async () => {
    for (let next = rest.next(); !failed && !next.done; next = rest.next()) {
      try {
        await work(next.value);
      } catch (thrown) {
        failed = true;
        throw thrown;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: limit }, worker));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
