import type { Clock } from '../kit/clock.ts';
import type { Observation } from './observation.ts';
import type { Observer } from './observer.ts';

/** The agent's connections come and go several times an hour: a single look between two of them would see none. */
const triesForPath = 4;
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
  let { path } = seen.agent;
  for (let tries = 1; tries < triesForPath && path.path === 'unknown'; tries += 1) {
    // Without the Engine there is no agent to be seen, without the names nothing to know its connections by.
    if (seen.agent.engineProblem || !seen.endpoints) break;
    await clock.sleep(pauseMs, signal);
    ({ path } = (await observer.look('hasty', undefined, signal)).agent);
  }
  return { ...seen, agent: { ...seen.agent, path } };
}
