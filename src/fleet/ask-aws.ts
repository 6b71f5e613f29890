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
export async function eachPage<T extends object>(
  action: string,
  signal: AbortSignal,
  pages: AsyncGenerator<T>,
  take: (page: T) => void | Promise<void>,
): Promise<void> {
  const goesOn = noPageTwice(action);
  for (;;) {
    const next = await askAws(action, signal, () => pages.next());
    if (next.done) return;
    goesOn(tokenOf(next.value));
    await take(next.value);
  }
}

/**
 * Is to be told the token of each page. Two that are the same lead nowhere, and what was told so far is not all: to end
 * there would be to leave hosts out, to go on would have no end.
 *
 * @throws AwsFailureError where a token follows itself
 */
export function noPageTwice(action: string): (token: string | undefined) => void {
  let last: string | undefined;
  return (token) => {
    if (token !== undefined && token === last) {
      const message = 'AWS gives the same page again and again';
      throw new AwsFailureError({ kind: 'failed', action, message });
    }
    last = token;
  };
}

/** ECS and all others write it in two ways. */
function tokenOf(page: { readonly nextToken?: unknown; readonly NextToken?: unknown }): string | undefined {
  const token = page.nextToken ?? page.NextToken;
  return typeof token === 'string' ? token : undefined;
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
