import { setTimeout as delay } from 'node:timers/promises';

/** Thrown when something that should have happened has not, or the other way round. */
export class RehearsalFailure extends Error {}

export interface Patience {
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

/**
 * Waits for `what`, which the failure names.
 * @param whyHopeless asked for a reason not to wait any longer
 * @throws RehearsalFailure, or the signal's reason
 */
export async function until(
  what: string,
  isMet: () => boolean,
  { timeoutSeconds, signal }: Patience,
  whyHopeless: () => string | undefined = () => undefined,
): Promise<void> {
  const deadline = performance.now() + timeoutSeconds * 1000;
  while (!isMet()) {
    const reason = whyHopeless();
    if (reason !== undefined) {
      throw new RehearsalFailure(`${reason} before ${what}`);
    }
    if (performance.now() > deadline) {
      throw new RehearsalFailure(`timed out after ${timeoutSeconds} s waiting for ${what}`);
    }
    await delay(20, undefined, { signal });
  }
}
