/** AWS's way of throttling: so many calls at once, and so many a second for good. */
export interface TokenBucket {
  /** False: throttled. */
  take(): boolean;
}

/** @param nowMs a clock that never jumps, in milliseconds */
export function createTokenBucket(burst: number, perSecond: number, nowMs: () => number): TokenBucket {
  let tokens = burst;
  let last = nowMs();
  return {
    take() {
      const now = nowMs();
      tokens = Math.min(burst, tokens + ((now - last) / 1000) * perSecond);
      last = now;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
