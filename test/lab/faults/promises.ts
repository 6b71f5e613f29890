/**
 * What the daemon promises of its restarts, as times alone, so that whoever saw them can judge by it: the property tests
 * of decisions, by what they let it see, and the fault campaign, by what the lab saw from outside. It stands with the
 * tests and shares nothing with the code that keeps it, or both would be wrong together. Pure.
 */

/** The daemon's settings that the promises depend on. */
export interface Promised {
  readonly settleRounds: number;
  readonly waitingIntervalMs: number;
  readonly maxRestarts: number;
}

/** Looks closer together than this share of the interval are one round (docs/architecture.md). */
const roundShare = 0.8;

/** In how many rounds something was seen: looks in quick succession are one. `slackMs`: how inexact the times are. */
export function roundsIn(looks: readonly number[], { waitingIntervalMs }: Promised, slackMs = 0): number {
  const spacingMs = waitingIntervalMs * roundShare - slackMs;
  let rounds = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (const time of looks) {
    if (time - last < spacingMs) continue;
    rounds += 1;
    last = time;
  }
  return rounds;
}

/** When a name had answered something not private for so many rounds in a row that a transition was over. */
export function transitionEnds(
  answers: readonly { readonly at: number; readonly notPrivate: boolean }[],
  { settleRounds }: Promised,
): number[] {
  let inARow = 0;
  return answers.flatMap(({ at, notPrivate }) => {
    inARow = notPrivate ? inARow + 1 : 0;
    return inARow >= settleRounds ? [at] : [];
  });
}

/** The restarts that were more than are allowed from one public → private transition to the next, with their number. */
export function tooMany<Restart extends { readonly at: number }>(
  restarts: readonly Restart[],
  ends: readonly number[],
  { maxRestarts }: Promised,
): { readonly restart: Restart; readonly count: number }[] {
  return restarts
    .map((restart) => {
      const since = Math.max(...ends.filter((end) => end <= restart.at), Number.NEGATIVE_INFINITY);
      const count = restarts.filter(({ at }) => at > since && at <= restart.at).length;
      return { restart, count };
    })
    .filter(({ count }) => count > maxRestarts);
}

/** The restarts that were called while an earlier one was still under way: no agent had been started since. */
export function whileUnderWay<Restart extends { readonly at: number }>(
  restarts: readonly Restart[],
  agentStarts: readonly number[],
): { readonly restart: Restart; readonly earlier: Restart }[] {
  return restarts.flatMap((restart, index) => {
    const earlier = restarts[index - 1];
    if (earlier === undefined || agentStarts.some((at) => at >= earlier.at && at <= restart.at)) return [];
    return [{ restart, earlier }];
  });
}
