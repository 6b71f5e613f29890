import { processOf } from '../../agent/agent-container.ts';
import type { AgentContainer } from '../../agent/agent-observation.ts';
import { type Context, sinceMs } from '../context.ts';
import type { DecisionEvent } from '../decision.ts';
import type { Intent, Journal } from '../journal.ts';
import type { Reason } from '../phase.ts';
import type { RestartOutcome } from '../restart-outcome.ts';
import { undoAttempt, withCoolDown } from '../start-restart.ts';
import { type State, withRounds } from '../state.ts';
import type { Step } from '../step.ts';
import { wayBack } from '../ways-back.ts';
import { exitFive } from './agent-registered.ts';
import { passed, type Rule, type RuleWords, spoke } from './rule.ts';

/**
 * How long a call that was sent may still take effect. A kill is at once; a graceful restart has 30 s for
 * SIGTERM; a systemd job may wait out TimeoutStopSec (90 s).
 */
const inFlightMs = { kill: 5_000, restart: 40_000, 'systemctl-restart': 120_000 } as const;

/** An intent on disk is brought to its end, one way or another, whatever the endpoints do; the agent is never left down. */
export const finishRestart: Rule = (context) => {
  const { intent } = context.state.journal;
  return intent === undefined ? passed('none under way') : spoke(finish(context, intent));
};

function finish(context: Context, intent: Intent): Step {
  const { state, observation } = context;
  const { container, engineProblem } = observation.agent;
  if (engineProblem) return waiting(state, engineProblem);
  if (container?.running && !container.restarting) {
    const isNew = container.id !== intent.containerId || container.startedAt !== intent.startedAt;
    return isNew ? newProcess(context, intent, container) : sameProcess(context, intent);
  }
  if (container?.exitCode === 5)
    return giveUp(context, intent, { code: 'agent-stopped-for-good', reason: exitFive });
  return down(context, intent);
}

function down(context: Context, intent: Intent): Step {
  const { state } = context;
  // A supervised agent is given its time from the call on; one that the Engine runs is missed from its end on.
  const since = intent.supervised ? intent.atMonoMs : state.absence?.downSinceMonoMs;
  const way = wayBack(context, intent, sinceMs(context, since));
  switch (way.kind) {
    case 'wait':
      return waiting(state, way.reason);
    case 'ask':
      return { ...waiting(state, way.reason), pace: 'bringing-back' };
    case 'act': {
      const journal = { ...state.journal, intent: { ...withoutDuty(intent), ...way.duty } };
      return { ...waiting({ ...state, journal }, way.reason), act: way.act, events: [way.event] };
    }
    case 'taken-over':
      return giveUp(context, intent, { reason: way.reason, outcome: 'taken-over' });
  }
}

function withoutDuty({ fallbackCameTo: _, ...rest }: Intent): Intent {
  return rest;
}

function waiting(state: State, reason: Reason): Step {
  return { state, phase: 'restarting', reason };
}

function newProcess({ state, now }: Context, intent: Intent, container: AgentContainer): Step {
  const newProcessMs = Math.max(0, now.monoMs - intent.atMonoMs);
  const { verb, supervised, unit, atMonoMs } = intent;
  const { lastRestart } = state.journal;
  const journal: Journal = {
    ...withoutIntent(state.journal),
    verifying: {
      containerId: container.id,
      startedAt: container.startedAt,
      sinceMonoMs: atMonoMs,
      upMonoMs: now.monoMs,
      duty: { verb, supervised, unit },
    },
    ...(lastRestart && {
      lastRestart: { ...lastRestart, newProcessMs, process: processOf(container) },
    }),
  };
  return {
    state: { ...state, journal, intentOwned: false },
    phase: 'verifying',
    reason: {
      code: 'verifying',
      message: 'The new agent is up; waiting for its registration and its private path',
      advice: undefined,
    },
    events: [{ code: 'restart-new-process', fields: { container: container.id, newProcessMs } }],
  };
}

function sameProcess(context: Context, intent: Intent): Step {
  const { state } = context;
  if (sinceMs(context, intent.atMonoMs) < inFlightMs[intent.verb]) {
    return waiting(state, {
      code: 'restart-in-flight',
      message: `The ${intent.verb} has been called; the old agent is still there`,
      advice: undefined,
    });
  }
  if (!intent.acted && !state.intentOwned) return abandon(state, intent);
  const reason: Reason = {
    code: 'restart-no-effect',
    message: `The ${intent.verb} had no effect: the same agent is still running`,
    advice: 'Look at `journalctl -u docker -u ecs`; another attempt follows after the cool-down.',
  };
  return giveUp(context, intent, { reason });
}

/** The daemon ended between the intent and the call, so the call was never made: it does not count. */
function abandon(state: State, intent: Intent): Step {
  const reason: Reason = {
    code: 'restart-abandoned',
    message: 'An earlier daemon ended before it made its restart; all is checked anew',
    advice: undefined,
  };
  return {
    state: undoAttempt(state, intent, reason),
    phase: 'settling',
    reason,
    lookInMs: 0,
    events: [{ code: 'restart-abandoned', fields: { container: intent.containerId } }],
  };
}

interface Ending {
  readonly reason: Reason;
  readonly code?: DecisionEvent['code'];
  readonly outcome?: RestartOutcome;
}

/** Ends an intent that did not lead to a new process. It counts as an attempt. */
function giveUp({ state, now, limits }: Context, intent: Intent, ending: Ending): Step {
  const { reason, code = 'restart-failed', outcome = 'failed' } = ending;
  const journal = withCoolDown(withoutIntent(state.journal), now, limits);
  const { lastRestart } = journal;
  return {
    state: {
      ...withRounds(state, { readyRounds: 0 }),
      journal: { ...journal, ...(lastRestart && { lastRestart: { ...lastRestart, outcome } }) },
      intentOwned: false,
    },
    phase: 'blocked',
    reason,
    events: [
      { code, fields: { container: intent.containerId, reason: reason.code, detail: reason.message } },
    ],
  };
}

function withoutIntent({ intent: _, ...rest }: Journal): Journal {
  return rest;
}

export const words = {
  rule:
    'While the intent of a restart is on disk, nothing else is decided: there must be a running agent that is not the ' +
    'one of the intent. Where its supervisor does not create one, the daemon does.',
  changes: 'A new agent process, or an operator who stops its unit.',
  reasons: {
    'restart-abandoned': {
      phases: ['settling'],
      meaning: 'an earlier daemon ended before its call',
      changes: 'The next rounds; it starts over.',
    },
    'restart-no-effect': {
      phases: ['blocked'],
      meaning: 'the call was made and the same agent is still there',
      changes: '`journalctl -u docker`; then `ecs-privatelinkd restart --if-needed`.',
    },
    'restart-in-flight': {
      phases: ['restarting', 'verifying'],
      meaning: 'called; it may yet take effect',
    },
    'waiting-for-supervisor': {
      phases: ['restarting', 'verifying'],
      meaning: 'the old agent has ended, the new one is about to come',
    },
    'supervisor-did-not-recreate': {
      phases: ['restarting', 'verifying'],
      meaning: 'not re-created within `recreate-timeout`; its unit is being started',
    },
    'agent-found-stopped': {
      phases: ['restarting', 'verifying'],
      meaning: 'the Engine did not start it again; it is being started',
    },
    'agent-absent': {
      phases: ['restarting', 'verifying', 'blocked'],
      meaning: 'its container was removed during a restart',
    },
  },
} as const satisfies RuleWords;
