import { type Context, isByHand } from '../context.ts';
import { evidenceOf } from '../evidence.ts';
import type { LastRestart } from '../journal.ts';
import type { Reason } from '../phase.ts';
import type { ProcessCount } from '../state.ts';
import { blocked } from '../step.ts';
import { passed, type Rule, type RuleWords, spoke } from './rule.ts';

/** A restart that did not help is not repeated while nothing that decides where an agent connects has changed. */
export const newEvidence: Rule = (context) => {
  const { lastRestart } = context.state.journal;
  if (lastRestart === undefined || !didNotHelp(lastRestart, context.state.process))
    return passed('none that did not help');
  if (lastRestart.evidence !== evidenceOf(context.observation)) return passed('something has changed since');
  if (isByHand(context)) return passed('overridden by hand');
  if (mayBeProven(context)) return passed('its path is not known yet');
  return spoke(blocked(context.state, why(context)));
};

/** The agent may just be connecting. */
function mayBeProven({ state: { process }, observation }: Context): boolean {
  const { path, connectedMonoMs } = observation.agent.path;
  const seenElsewhere =
    process !== undefined && (process.publicLooks > 0 || process.disconnectedSinceMonoMs !== undefined);
  return path === 'unknown' && (connectedMonoMs !== undefined || !seenElsewhere);
}

/** What came of one that could not be seen is known once that very process is. */
function didNotHelp({ outcome, process }: LastRestart, seen: ProcessCount | undefined): boolean {
  const known = outcome === 'public' || outcome === 'disconnected' || outcome === 'not-registered';
  return (
    known || (outcome === 'unproven' && seen !== undefined && seen.id === process && seen.publicLooks > 0)
  );
}

function why({ observation }: Context): Reason {
  const { saying } = observation.agent;
  if (saying === undefined) return sameEvidence;
  return {
    ...saying,
    advice: `${saying.advice} Then \`ecs-privatelinkd restart --if-needed\` tries once more.`,
  };
}

/** What to compare where a restart did not help. */
export const whatToCompare =
  '`ecs-privatelinkd check` tells by which resolv.conf, hosts file and trust was judged; look at the proxy and ' +
  'ECS_BACKEND_HOST in /etc/ecs/ecs.config. Then `ecs-privatelinkd restart --if-needed` tries once more.';

const sameEvidence = {
  code: 'restart-did-not-help',
  message:
    'The last restart left the agent elsewhere, and nothing that decides where a new one connects has changed since; ' +
    'another restart is not expected to help',
  advice: whatToCompare,
} as const;

export const words = {
  rule: 'A restart that did not help is not repeated while answers, nameservers, trust and settings of the agent stay the same.',
  changes:
    'Other answers or settings; or `ecs-privatelinkd restart --if-needed`, after `ecs-privatelinkd doctor` found why the ' +
    'last one did not help.',
  reasons: {
    'restart-did-not-help': {
      phases: ['blocked'],
      meaning:
        'the last restart did not help, and nothing has changed since; what the agent says last is told instead',
    },
  },
} as const satisfies RuleWords;
