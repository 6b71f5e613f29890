import { sinceMs } from '../context.ts';
import type { Reason } from '../phase.ts';
import { withRounds } from '../state.ts';
import { passed, type Rule, type RuleWords, spoke } from './rule.ts';

/** The agent replaces its telemetry connection every 25 to 35 minutes, and then asks for its host anew. */
const tcsLeavesWithinMs = 40 * 60_000;

/** An agent that was seen on the private path in this look is not touched. */
export const agentPrivate: Rule = (context) => {
  const { state, summary, observation, limits } = context;
  const { path, evidence } = observation.agent.path;
  if (path !== 'private') return passed(`path ${path}: ${evidence}`);
  if (observation.agent.container?.paused) return passed('its container is paused');
  // One odd answer, or two, take nothing back.
  const odd = state.phase === 'settled' && state.endpoints.notPrivateRounds < limits.settleRounds;
  if (summary.notPrivate && !odd) return passed('connected privately, and a name is not private');
  const publicSince = state.process?.tcsPublicSinceMonoMs;
  return spoke({
    state: withRounds(state, { readyRounds: 0 }),
    phase: 'settled',
    ...(summary.notPrivate && { lookInMs: limits.waitingIntervalMs }),
    reason: publicSince === undefined ? onPrivatePath(evidence) : tcsPublic(sinceMs(context, publicSince)),
  });
};

/** Proven, as it is told. */
export function onPrivatePath(evidence: string): Reason {
  return {
    code: 'on-private-path',
    message: `The agent is on the private path: ${evidence}`,
    advice: undefined,
  };
}

/** Proven for ACS, with something public left. @param forMs for how long that has been seen */
export function tcsPublic(forMs: number): Reason {
  return {
    code: 'tcs-on-public-path',
    message: 'The agent is on the private path, and still has a connection to a public address on port 443',
    advice:
      forMs < tcsLeavesWithinMs
        ? 'Its telemetry (TCS) follows at its next reconnect, within 35 minutes. Keep the public route until then.'
        : 'It should have been replaced by now. See `connections` in `ecs-privatelinkd status --json`; keep the public ' +
          'route, or restart the agent with `ecs-privatelinkd restart`.',
  };
}

export const words = {
  rule: 'An agent on the private path is never touched: a lasting connection to a private address of ecs-a proves it.',
  changes: 'A connection to a public address, or endpoints that are no longer private.',
  reasons: {
    'on-private-path': {
      phases: ['settled'],
      check: true,
      meaning: "proven from the agent's own connections",
    },
    'tcs-on-public-path': {
      phases: ['settled'],
      check: true,
      meaning:
        'ACS is private, and some connection of the agent (TCS, for up to 35 minutes) still goes to a public address',
      changes: 'The next reconnect of its telemetry.',
    },
  },
} as const satisfies RuleWords;
