import type { Clock } from '../kit/clock.ts';
import type { Observation } from './observation.ts';
import type { Observer } from './observer.ts';

/**
 * The agent's connections come and go several times an hour: a single look between two of them would see none. And only
 * one that is seen again after three seconds proves a path: the last look is more than four seconds after the first.
 */
const triesForPath = 7;
const pauseMs = 700;

/** One close look; repeated for a moment only while the agent's path cannot be determined. */
export async function lookOnce(observer: Observer, clock: Clock, signal: AbortSignal): Promise<Observation> {
  return await untilPathIsTold(await observer.look('close', undefined, signal), observer, clock, signal);
}

/** What was seen, with the agent's path as it can be told a moment later. */
export async function untilPathIsTold(
  seen: Observation,
  observer: Observer,
  clock: Clock,
  signal: AbortSignal,
): Promise<Observation> {
  let { path, saying } = seen.agent;
  // Without the Engine there is no agent to be seen, without the names nothing to know its connections by.
  if (seen.agent.engineProblem || !seen.endpoints) return seen;
  for (let tries = 1; tries < triesForPath && path.path === 'unknown'; tries += 1) {
    // What cannot be read now is not read a moment later either.
    if (path.publicSeen === undefined) break;
    await clock.sleep(pauseMs, signal);
    ({ path, saying } = (await observer.look('hasty', undefined, signal)).agent);
  }
  return { ...seen, agent: { ...seen.agent, path, saying } };
}
