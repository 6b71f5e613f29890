import { randomBytes } from 'node:crypto';

/**
 * - `required`: every read needs a token (HttpTokens=required, what the ECS AMIs set)
 * - `optional`: reads without a token (IMDSv1) are answered too
 * - `off`: 403 for everything
 */
export type ImdsMode = 'required' | 'optional' | 'off';

/** Session tokens in force. Times are milliseconds of the clock passed in. */
export interface SessionTokens {
  /** A new token, or undefined when the TTL is not 1 … 21600 s. */
  issue(ttlSeconds: number): string | undefined;
  valid(token: string): boolean;
  expireAll(): void;
}

export function sessionTokens(now: () => number): SessionTokens {
  const endOf = new Map<string, number>();
  return {
    issue(ttlSeconds) {
      if (!Number.isInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > 21_600) return undefined;
      const token = randomBytes(42).toString('base64');
      endOf.set(token, now() + ttlSeconds * 1000);
      return token;
    },
    valid: (token) => (endOf.get(token) ?? Number.NEGATIVE_INFINITY) > now(),
    expireAll: () => endOf.clear(),
  };
}
