import type { Clock } from '../kit/clock.ts';
import type { Observation } from './observation.ts';
import type { Observer } from './observer.ts';

/** The agent's connections come and go several times an hour: a single look between two of them would see none. */
const triesForPath = 4;
const pauseMs = 700;

/** One close look; repeated for a moment only while the agent's path cannot be told. */
export async function lookOnce(observer: Observer, clock: Clock, signal: AbortSignal): Promise<Observation> {
  let observation = await observer.look('close', undefined, signal);
  for (let tries = 1; tries < triesForPath && observation.agent.path.path === 'unknown'; tries += 1) {
    if (observation.agent.engineProblem) break;
    await clock.sleep(pauseMs, signal);
    const { path } = (await observer.look('hasty', undefined, signal)).agent;
    observation = { ...observation, agent: { ...observation.agent, path } };
  }
  return observation;
}
