import { createEngineClient } from '../../agent/engine-client.ts';
import { introspectionAt, readMetadata } from '../../agent/introspection.ts';
import { once, within } from '../../kit/deadline.ts';
import { type Problem, ProblemError } from '../../kit/problem.ts';
import type { Settings } from '../../settings/settings.ts';
import type { DoctorHost } from '../doctor-host.ts';
import { longest, readingMs } from './limits.ts';

/** What the Engine tells of itself and of the agent's container, and the agent's introspection. */
export function engineReadings(
  settings: Settings,
  signal: AbortSignal,
): Pick<DoctorHost, 'engine' | 'inspect' | 'introspection'> {
  const client = createEngineClient({
    socketPath: settings.dockerHost,
    answerTimeoutMs: Math.min(settings.dockerTimeoutMs, longest.docker),
  });
  const reading = <T>(what: string, read: (own: AbortSignal) => Promise<T>) =>
    once(() => within(what, readingMs, signal, read));
  return {
    engine: reading('asking the Docker Engine', (own) => orProblem(client.version(own))),
    inspect: reading('asking for the container', (own) =>
      orProblem(client.inspect(settings.agentContainer, own)),
    ),
    introspection: reading('introspection', (own) =>
      readMetadata(introspectionAt(settings.agentIntrospection), own),
    ),
  };
}

async function orProblem<T>(answer: Promise<T>): Promise<T | Problem> {
  try {
    return await answer;
  } catch (thrown) {
    if (thrown instanceof ProblemError) return thrown.problem;
    throw thrown;
  }
}
