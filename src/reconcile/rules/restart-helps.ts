import { type Context, isByHand } from '../context.ts';
import { evidenceOf } from '../evidence.ts';
import type { LastRestart } from '../journal.ts';
import { blocked, scheduled } from '../step.ts';
import { type Finding, passed, type Rule, type RuleWords, spoke } from './rule.ts';

const dayMs = 24 * 3_600_000;

/** Whatever happens, so many restarts in 24 hours. */
const restartsADay = 6;

/** A restart is made only where one can be expected to help: not again on the same evidence, and not without end. */
export const restartHelps: Rule = (context) => {
  const { state, limits } = context;
  if (isByHand(context)) return passed('overridden by hand');
  const { lastRestart, transition } = state.journal;
  if (lastRestart && didNotHelp(lastRestart) && lastRestart.evidence === evidenceOf(context.observation)) {
    return spoke(blocked(state, context.observation.agent.saying ?? sameEvidence));
  }
  const attempts = transition?.attempts ?? 0;
  if (attempts >= limits.maxRestarts) return usedUp(context, attempts);
  return withinADay(context) ?? passed(`restart ${attempts + 1} of ${limits.maxRestarts}`);
};

function didNotHelp({ outcome }: LastRestart): boolean {
  return outcome === 'public' || outcome === 'not-registered' || outcome === 'unproven';
}

function usedUp({ state }: Context, attempts: number): Finding {
  if (state.journal.lastRestart?.outcome === 'failed') {
    return spoke(
      blocked(state, {
        code: 'restart-no-effect',
        message: `${attempts} restarts were called for without effect, the last one too; no more are made`,
        advice:
          'Look at `journalctl -u docker -u ecs`. Then `ecs-privatelinkd restart --if-needed` tries once more.',
      }),
    );
  }
  return spoke(
    blocked(state, {
      code: 'attempts-used-up',
      message: `${attempts} restarts did not bring the agent onto the private path; no more are made`,
      advice: whatToCompare,
    }),
  );
}

function withinADay({ state, now }: Context): Finding | undefined {
  const recent = (state.journal.recentRestarts ?? []).filter((monoMs) => now.monoMs - monoMs < dayMs);
  const oldest = recent.at(-restartsADay);
  if (oldest === undefined) return undefined;
  const message = `${restartsADay} restarts were made within 24 hours; the next one waits`;
  return spoke(scheduled(state, oldest + dayMs, 'restart-budget-used', message));
}

const whatToCompare =
  "Compare /etc/resolv.conf of the host with the one in the agent's container, and look at the proxy and " +
  'ECS_BACKEND_HOST in /etc/ecs/ecs.config. Then `ecs-privatelinkd restart --if-needed` tries once more.';

const sameEvidence = {
  code: 'restart-did-not-help',
  message:
    'The last restart did not bring the agent onto the private path, and nothing that decides where a new agent ' +
    'connects has changed since',
  advice: whatToCompare,
} as const;

export const words = {
  rule:
    'A restart that did not help is not repeated while answers, nameservers and settings of the agent stay the same. At ' +
    'most `max-restarts` are made for one change from public to private, and 6 within 24 hours.',
  changes:
    'Other answers or settings; or `ecs-privatelinkd restart --if-needed`, after `ecs-privatelinkd doctor` found why the ' +
    'last one did not help.',
  reasons: {
    'restart-did-not-help': {
      phases: ['blocked'],
      meaning:
        'the last restart did not help, and nothing has changed since; what the agent says last is told instead',
    },
    'attempts-used-up': { phases: ['blocked'], meaning: '`max-restarts` restarts did not help' },
    'restart-budget-used': {
      phases: ['scheduled'],
      meaning: '6 restarts within 24 hours; `status` says when the next is due',
    },
  },
} as const satisfies RuleWords;
