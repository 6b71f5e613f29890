/** So many at once, and then one in so many milliseconds. */
export interface AllowanceLimits {
  readonly atOnce: number;
  readonly thenEveryMs: number;
}

/**
 * Counts what others can cause, of each kind apart. Gives how many were refused since the last that was allowed; undefined
 * where this one is refused too.
 */
export function createAllowance(
  { atOnce, thenEveryMs }: AllowanceLimits,
  monotonicMs: () => number,
): (kind: string) => number | undefined {
  const kinds = new Map<string, { readonly left: number; readonly atMs: number; readonly refused: number }>();

  return (kind) => {
    const now = monotonicMs();
    const { left, atMs, refused } = kinds.get(kind) ?? { left: atOnce, atMs: now, refused: 0 };
    const earned = Math.floor((now - atMs) / thenEveryMs);
    const credit = Math.min(atOnce, left + earned);
    const since = credit === atOnce ? now : atMs + earned * thenEveryMs;
    const allowed = credit > 0;
    kinds.set(kind, {
      left: allowed ? credit - 1 : 0,
      atMs: since,
      refused: allowed ? 0 : refused + 1,
    });
    return allowed ? refused : undefined;
  };
}
