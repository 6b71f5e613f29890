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

/**
 * Waits until `tell` has put into `told` what there is to tell, or until AWS fails it: then it is what was told so far.
 * Rejects only with the signal's reason.
 */
export async function answered<T>(told: T, tell: () => Promise<void>): Promise<Answer<T>> {
  try {
    await tell();
    return { told };
  } catch (thrown) {
    if (!(thrown instanceof AwsFailureError)) throw thrown;
    return { told, failure: thrown.failure };
  }
}

/** Hands each page of the SDK's to `take`. @throws AwsFailureError */
export async function eachPage<T>(
  action: string,
  signal: AbortSignal,
  pages: AsyncGenerator<T>,
  take: (page: T) => void | Promise<void>,
): Promise<void> {
  for (;;) {
    const next = await askAws(action, signal, () => pages.next());
    if (next.done) return;
    await take(next.value);
  }
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
