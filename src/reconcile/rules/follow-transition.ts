import type { Context } from '../context.ts';
import type { Journal, Transition } from '../journal.ts';
import { type State, withRounds } from '../state.ts';
import { type Finding, passed, type Rule, type RuleWords, wentOn } from './rule.ts';

/** After so long on the private path, earlier restarts say nothing of what one would come to now. */
const provenForMs = 3_600_000;

/** Begins a public → private transition once it is certain, ends it once its end is, and its count with success. */
export const followTransition: Rule = (context) => {
  const { state, summary, limits, observation } = context;
  const { transition } = state.journal;
  const { readyRounds, notPrivateRounds, privateSince } = state.endpoints;
  if (transition && notPrivateRounds >= limits.settleRounds) return withdrawn(context);
  if (transition) {
    if (!proven(context, transition)) return passed('under way');
    return wentOn('settled for an hour', withoutRestarts(state, transition));
  }
  const certain = readyRounds >= limits.settleRounds || observation.agent.path.path === 'private';
  if (!summary.allPrivate || !certain || !privateSince) return passed('none yet');
  const { monoMs, wallMs } = privateSince;
  return wentOn('begun', {
    ...withRounds(state, { withdrawn: false }),
    journal: {
      ...state.journal,
      transition: { privateSinceMonoMs: monoMs, privateSinceWallMs: wallMs, attempts: 0 },
    },
  });
};

function withdrawn({ state, observation }: Context): Finding {
  const { transition: _, ...journal } = state.journal;
  const names = observation.endpoints?.endpoints.filter((endpoint) => endpoint.class !== 'private') ?? [];
  return wentOn('withdrawn', { ...withRounds(state, { withdrawn: true }), journal }, [
    {
      code: 'endpoints-withdrawn',
      fields: { names: names.map((endpoint) => `${endpoint.host} (${endpoint.class})`).join(', ') },
    },
  ]);
}

function proven({ state, now }: Context, { attempts }: Transition): boolean {
  return attempts > 0 && state.phase === 'settled' && now.monoMs - state.phaseSinceMonoMs >= provenForMs;
}

function withoutRestarts(state: State, { notBeforeMonoMs: _, ...rest }: Transition): State {
  const journal: Journal = { ...state.journal, transition: { ...rest, attempts: 0 } };
  return { ...state, journal };
}

export const words = {
  rule:
    'A change from public to private begins once it is certain, and ends once the endpoints have not been private for ' +
    '`settle-rounds` rounds. Its restarts are counted until the agent has been settled for an hour.',
  changes: 'Nothing needs to.',
  reasons: {},
} as const satisfies RuleWords;
