import type { Context } from '../context.ts';
import type { Journal, Transition } from '../journal.ts';
import { withoutCoolDown } from '../start-restart.ts';
import { withRounds } from '../state.ts';
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
    return proven(context) && remembers(state.journal, transition)
      ? wentOn('settled for an hour', { ...state, journal: forgetRestarts(state.journal, transition) })
      : passed('under way');
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

function proven({ state, now }: Context): boolean {
  return state.phase === 'settled' && now.monoMs - state.phaseSinceMonoMs >= provenForMs;
}

function remembers({ lastRestart }: Journal, { attempts }: Transition): boolean {
  return attempts > 0 || lastRestart?.evidence !== undefined;
}

/** What the last restart was made on has led to the private path by now, whatever came of it then. */
function forgetRestarts({ lastRestart, ...rest }: Journal, transition: Transition): Journal {
  const journal = withoutCoolDown({ ...rest, transition: { ...transition, attempts: 0 } });
  if (lastRestart === undefined) return journal;
  const { evidence: _, ...known } = lastRestart;
  return { ...journal, lastRestart: known };
}

export const words = {
  rule:
    'A change from public to private begins once it is certain, and ends once the endpoints have not been private for ' +
    '`settle-rounds` rounds. Its restarts, and what came of them, count until the agent has been settled for an hour.',
  changes: 'Nothing needs to.',
  reasons: {},
} as const satisfies RuleWords;
