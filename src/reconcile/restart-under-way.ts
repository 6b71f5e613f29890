import type { AgentContainer } from '../agent/agent-observation.ts';
import type { Instant } from '../kit/clock.ts';
import type { AgentAct } from '../supervision/agent-restarter.ts';
import type { Context } from './context.ts';
import type { DecisionEvent } from './decision.ts';
import type { Intent, Journal } from './journal.ts';
import type { Reason } from './phase.ts';
import type { Policy } from './policy.ts';
import type { State } from './state.ts';
import type { Step } from './step.ts';

/**
 * How long a call that was sent may still take effect. A kill is at once; a graceful restart has 30 s for
 * SIGTERM; a systemd job may wait out TimeoutStopSec (90 s).
 */
const inFlightMs = { kill: 5_000, restart: 40_000, 'systemctl-restart': 120_000 } as const;

/**
 * After a kill, a moment for a supervisor that was not seen: ecs-init needs 0.7 s, and systemd no longer unless told so.
 * A container that the Engine was to start itself and that stays down longer is not merely between stop and start.
 */
const startAfterMs = { kill: 2_000, restart: 5_000, 'systemctl-restart': 5_000 } as const;

/** From one start to the next. */
const startAgainAfterMs = 5_000;

/** After a fallback that failed outright the next way is taken, a moment later. */
const afterFailureMs = 2_000;

/** One look while an intent is in the journal. Ends it, one way or another; never leaves the agent down. */
export function continueRestart(context: Context, intent: Intent): Step {
  const { state, observation } = context;
  if (observation.agent.engineProblem) return waiting(state, observation.agent.engineProblem);
  const container = observation.agent.container;
  if (container?.running && !container.restarting) {
    if (container.id !== intent.containerId || container.startedAt !== intent.startedAt) {
      return newProcess(context, intent, container);
    }
    return sameProcess(context, intent);
  }
  if (container?.exitCode === 5) {
    return giveUp(context, intent, 'agent-stopped-for-good', exitFive);
  }
  return intent.supervised
    ? supervisedDown(context, intent, container)
    : unsupervisedDown(context, intent, container);
}

export const exitFive: Reason = {
  code: 'agent-exit-5',
  message: 'The agent exited with a terminal error (exit code 5) and must not be restarted',
  advice: 'Read the end of /var/log/ecs/ecs-agent.log, fix what it names, then `systemctl start ecs`.',
};

function waiting(state: State, reason: Reason): Step {
  return { state, phase: 'restarting', reason };
}

function newProcess({ state, now }: Context, intent: Intent, container: AgentContainer): Step {
  const newProcessMs = Math.max(0, now.monoMs - intent.atMonoMs);
  const journal: Journal = {
    ...withoutIntent(state.journal),
    verifying: { containerId: container.id, startedAt: container.startedAt, sinceMonoMs: intent.atMonoMs },
    ...(state.journal.lastRestart && { lastRestart: { ...state.journal.lastRestart, newProcessMs } }),
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
  const { state, now } = context;
  if (now.monoMs - intent.atMonoMs < inFlightMs[intent.verb]) {
    return waiting(state, {
      code: 'restart-in-flight',
      message: `The ${intent.verb} has been called; the old agent is still there`,
      advice: undefined,
    });
  }
  if (!intent.acted && !state.intentOwned) return abandon(state, intent);
  return giveUp(context, intent, 'restart-failed', {
    code: 'restart-no-effect',
    message: `The ${intent.verb} had no effect: the same agent is still running`,
    advice: 'Look at `journalctl -u docker -u ecs`; another attempt follows after the cool-down.',
  });
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

/**
 * The ways back, each tried in turn: one that did nothing (a `start` of a unit that is active) or failed (the unit is
 * masked) is not tried again before all others. The Docker Engine comes last: what it starts, no unit runs.
 */
function supervisedDown(
  { state, now, limits }: Context,
  intent: Intent,
  container: AgentContainer | undefined,
): Step {
  const { fallbacks = 0, fallbackMonoMs, fallbackCameTo, unit } = intent;
  const ways: readonly AgentAct[] = [
    { verb: 'systemctl-start', unit },
    { verb: 'systemctl-restart', unit },
    ...(container ? [{ verb: 'start', containerId: container.id } as const] : []),
  ];
  const failed = fallbackCameTo !== undefined && fallbacks % ways.length !== 0;
  const waitMs = failed ? Math.min(afterFailureMs, limits.recreateTimeoutMs) : limits.recreateTimeoutMs;
  if (now.monoMs - (fallbackMonoMs ?? intent.atMonoMs) < waitMs) {
    return waiting(state, {
      code: 'waiting-for-supervisor',
      message: 'The old agent has ended; its supervisor is about to create the new one',
      advice: undefined,
    });
  }
  const act = ways[fallbacks % ways.length] ?? { verb: 'systemctl-start' as const, unit };
  const before = fallbackCameTo === undefined ? '' : ` (before that: ${fallbackCameTo})`;
  return {
    ...waiting(withFallback(state, intent, now), {
      code: 'supervisor-did-not-recreate',
      message: `The agent was not re-created within ${limits.recreateTimeoutMs / 1000} s; ${inWords(act)}${before}`,
      advice: `If this stays, look at \`systemctl status ${unit}\` and \`journalctl -u ${unit}\`.`,
    }),
    act,
    events: [
      {
        code: 'restart-fallback',
        fields: act.verb === 'start' ? { container: act.containerId } : { unit },
      },
    ],
  };
}

function inWords(act: AgentAct): string {
  switch (act.verb) {
    case 'systemctl-start':
      return `${act.unit} is being started`;
    case 'systemctl-restart':
      return `${act.unit} is being restarted`;
    default:
      return 'its container is being started';
  }
}

function unsupervisedDown(context: Context, intent: Intent, container: AgentContainer | undefined): Step {
  const { state, now, limits } = context;
  const downMs = now.monoMs - (state.downSinceMonoMs ?? now.monoMs);
  if (container === undefined) {
    if (downMs < limits.recreateTimeoutMs) {
      return waiting(state, {
        code: 'agent-absent',
        message: `The agent's container is gone while it was being restarted`,
        advice: undefined,
      });
    }
    return giveUp(context, intent, 'restart-failed', {
      code: 'agent-absent',
      message: `The agent's container was removed by someone while it was being restarted`,
      advice: 'Create it again the way it was created before (nothing on this host does it by itself).',
    });
  }
  const lastTry = intent.fallbackMonoMs;
  if (
    downMs < startAfterMs[intent.verb] ||
    (lastTry !== undefined && now.monoMs - lastTry < startAgainAfterMs)
  ) {
    return waiting(state, {
      code: 'restart-in-flight',
      message:
        intent.verb === 'kill'
          ? 'The old agent has ended; a moment for a supervisor that was not seen'
          : 'The old agent has ended; the Engine is about to start it again',
      advice: undefined,
    });
  }
  return {
    ...waiting(withFallback(state, intent, now), {
      code: 'agent-found-stopped',
      message: 'Nobody has started the agent again; it is being started',
      advice:
        'If this stays, look at `docker inspect` and `docker logs` of the agent, and `journalctl -u docker`.',
    }),
    act: { verb: 'start', containerId: container.id },
    events: [{ code: 'restart-fallback', fields: { container: container.id } }],
  };
}

/** Ends an intent that did not lead to a new process. It counts as an attempt. */
function giveUp(
  { state, now, limits }: Context,
  intent: Intent,
  code: DecisionEvent['code'],
  reason: Reason,
): Step {
  const journal = withCoolDown(withoutIntent(state.journal), now, limits);
  return {
    state: {
      ...state,
      journal: {
        ...journal,
        ...(journal.lastRestart && { lastRestart: { ...journal.lastRestart, outcome: 'failed' } }),
      },
      intentOwned: false,
      readyRounds: 0,
    },
    phase: 'blocked',
    reason,
    events: [
      { code, fields: { container: intent.containerId, reason: reason.code, detail: reason.message } },
    ],
  };
}

function withFallback(state: State, intent: Intent, now: Instant): State {
  const { fallbackCameTo: _, ...rest } = intent;
  const next = { ...rest, fallbackMonoMs: now.monoMs, fallbacks: (intent.fallbacks ?? 0) + 1 };
  return { ...state, journal: { ...state.journal, intent: next } };
}

function withoutIntent(journal: Journal): Journal {
  const { intent: _, ...rest } = journal;
  return rest;
}

/** Takes back a restart whose call was never made; the caller that asked for it is told why. */
export function undoAttempt(state: State, { requestId }: Intent, reason: Reason | undefined): State {
  const { lastRestart: _, ...journal } = withoutIntent(state.journal);
  return {
    ...state,
    journal: {
      ...journal,
      restartsTotal: Math.max(0, journal.restartsTotal - 1),
      ...(journal.transition && {
        transition: { ...journal.transition, attempts: Math.max(0, journal.transition.attempts - 1) },
      }),
    },
    ...(requestId !== undefined &&
      reason && { requestAnswer: { id: requestId, phase: 'blocked' as const, reason } }),
    intentOwned: false,
    readyRounds: 0,
  };
}

/** Sets the cool-down that follows the attempt just made. */
export function withCoolDown(journal: Journal, now: Instant, limits: Policy): Journal {
  const { transition } = journal;
  if (!transition) return journal;
  const index = Math.min(Math.max(transition.attempts, 1), limits.coolDownsMs.length) - 1;
  const coolDownMs = limits.coolDownsMs[index] ?? 0;
  return { ...journal, transition: { ...transition, notBeforeMonoMs: now.monoMs + coolDownMs } };
}
