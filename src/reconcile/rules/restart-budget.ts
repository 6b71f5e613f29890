import { type Context, isByHand } from '../context.ts';
import { blocked, rareLookMs, scheduled } from '../step.ts';
import { whatToCompare } from './new-evidence.ts';
import { type Finding, passed, type Rule, type RuleWords, spoke } from './rule.ts';

const dayMs = 24 * 3_600_000;

/** Whatever happens, so many restarts in 24 hours. */
const restartsADay = 6;

/** Restarts are not made without end. */
export const restartBudget: Rule = (context) => {
  const { state, limits } = context;
  if (isByHand(context)) return passed('overridden by hand');
  const { transition } = state.journal;
  const attempts = transition?.attempts ?? 0;
  if (attempts >= limits.maxRestarts) return usedUp(context, attempts);
  return withinADay(context) ?? passed(`restart ${attempts + 1} of ${limits.maxRestarts}`);
};

function usedUp({ state }: Context, attempts: number): Finding {
  if (state.journal.lastRestart?.outcome === 'failed') {
    return spoke(
      blocked(state, {
        code: 'restart-no-effect',
        message: `${attempts} restarts were called for since the endpoints became private, the last one without effect; no more are made`,
        advice:
          'Look at `journalctl -u docker -u ecs`. Then `ecs-privatelinkd restart --if-needed` tries once more.',
      }),
    );
  }
  return spoke(
    blocked(state, {
      code: 'attempts-used-up',
      message: `${attempts} restarts were made since the endpoints became private; no more are made`,
      advice: whatToCompare,
    }),
  );
}

function withinADay({ state, now }: Context): Finding | undefined {
  const recent = (state.journal.recentRestarts ?? []).filter((monoMs) => now.monoMs - monoMs < dayMs);
  const oldest = recent.at(-restartsADay);
  if (oldest === undefined) return undefined;
  const message = `${restartsADay} restarts were made within 24 hours; the next one waits`;
  const step = scheduled(state, oldest + dayMs, 'restart-budget-used', message);
  return spoke({ ...step, lookInMs: rareLookMs });
}

export const words = {
  rule: 'At most `max-restarts` restarts are made for one change from public to private, and 6 within 24 hours.',
  changes:
    '`ecs-privatelinkd restart --if-needed`, after `ecs-privatelinkd doctor` found why they did not help; an hour of ' +
    'settled; or that time.',
  reasons: {
    'attempts-used-up': { phases: ['blocked'], meaning: '`max-restarts` restarts did not help' },
    'restart-budget-used': {
      phases: ['scheduled'],
      meaning: '6 restarts within 24 hours; `status` says when the next is due',
    },
  },
} as const satisfies RuleWords;
