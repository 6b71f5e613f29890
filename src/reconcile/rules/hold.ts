import { sinceMs } from '../context.ts';
import type { Reason } from '../phase.ts';
import { tcsPublic } from './agent-private.ts';
import { passed, type Rule, type RuleWords, spoke } from './rule.ts';

/** Reconnects take half a second; the longest pause of the agent between two tries is 2 minutes. */
const holdMs = 300_000;

/** Between two websockets there is nothing to see: what was seen of this very process holds for a while. */
export const hold: Rule = (context) => {
  const { state, observation, limits } = context;
  const { process } = state;
  const { container, path } = observation.agent;
  if (process?.privateMonoMs === undefined) return passed('this process was not seen on the private path');
  const forMs = sinceMs(context, process.privateMonoMs);
  if (forMs >= holdMs) return passed(`last seen on the private path ${Math.round(forMs / 1000)} s ago`);
  if (container?.paused) return passed('its container is paused');
  if (state.endpoints.notPrivateRounds >= limits.settleRounds)
    return passed('the names are no longer private');
  if (path.path === 'public' && process.publicLooks >= limits.pathRounds)
    return passed('seen on the public path');
  if (state.phase !== 'settled') return passed('not settled before');
  const message = `The agent was seen on the private path ${Math.round(forMs / 1000)} s ago; now: ${path.evidence}`;
  // While nothing can be seen, what was left is taken to be there.
  const left = state.reason.code === 'tcs-on-public-path' && path.tcs === 'unknown';
  const reason: Reason = left
    ? { ...tcsPublic(sinceMs(context, process.tcsPublicSinceMonoMs)), message }
    : { code: 'on-private-path', message, advice: undefined };
  return spoke({ state, phase: 'settled', reason, lookInMs: limits.waitingIntervalMs });
};

export const words = {
  rule:
    'Without a private connection in sight `settled` holds for 5 minutes at the most, for the very process that had one, ' +
    'whatever DNS or the Docker Engine do meanwhile.',
  changes: 'A private connection, `path-rounds` looks at a public one, another process, or that time.',
  reasons: {},
} as const satisfies RuleWords;
