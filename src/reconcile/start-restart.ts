import type { AgentSupervisor } from '../agent/agent-observation.ts';
import { chooseRestartVerb, type RestartVerb } from '../supervision/restart-verb.ts';
import type { Context } from './context.ts';
import type { ActOutcome } from './decision.ts';
import { cannotRestart } from './guards.ts';
import type { Journal } from './journal.ts';
import { undoAttempt } from './restart-under-way.ts';
import type { State } from './state.ts';
import type { Step } from './step.ts';

/** Writes the intent and asks for the one call that is right on this host; or says what it would be, in a dry run. */
export function restartNow({ state, observation, now, limits }: Context, cause: string): Step {
  const { agent } = observation;
  const choice = chooseRestartVerb(agent, limits);
  if (choice.verb === 'none' || !agent.container) {
    return { state, phase: 'blocked', reason: cannotRestart(choice.reason) };
  }
  const { id, startedAt } = agent.container;
  if (limits.dryRun) return dryRun(state, choice, id, cause);
  const requestId = state.request?.id;
  const journal: Journal = {
    ...state.journal,
    restartsTotal: state.journal.restartsTotal + 1,
    intent: {
      verb: choice.verb,
      // Whatever systemd restarts is the unit's to bring back.
      supervised: bySystemd(agent.supervisor) || choice.verb === 'systemctl-restart',
      unit: agent.unit?.name ?? limits.agentUnit,
      containerId: id,
      startedAt,
      atMonoMs: now.monoMs,
      acted: false,
      ...(requestId !== undefined && { requestId }),
    },
    lastRestart: {
      atWallMs: now.wallMs,
      verb: choice.verb,
      outcome: 'pending',
      ...(requestId !== undefined && { requestId }),
    },
    ...(state.journal.transition && {
      transition: { ...state.journal.transition, attempts: state.journal.transition.attempts + 1 },
    }),
  };
  return {
    state: { ...state, journal, intentOwned: true, request: undefined },
    phase: 'restarting',
    reason: {
      code: 'restarting',
      message: `The agent is being restarted (${choice.verb})`,
      advice: undefined,
    },
    act: choice,
    events: [
      {
        code: 'restart-issued',
        fields: { verb: choice.verb, container: id, cause, attempt: journal.transition?.attempts },
      },
    ],
  };
}

function bySystemd(supervisor: AgentSupervisor): boolean {
  return supervisor === 'ecs-init' || supervisor === 'unit';
}

function dryRun(state: State, act: RestartVerb, container: string, cause: string): Step {
  const told = state.dryRunTold === state.process;
  return {
    state: { ...state, dryRunTold: state.process },
    phase: 'blocked',
    reason: {
      code: 'dry-run',
      message: `Dry run: the agent would be restarted now (${act.verb})`,
      advice: 'Run without --dry-run to restart it.',
    },
    ...(!told && {
      act,
      dryRun: true,
      events: [{ code: 'restart-dry-run', fields: { verb: act.verb, container, cause } }],
    }),
  };
}

/** The state after the call: an answered one is noted in the journal, one that was never made does not count. */
export function afterAct(state: State, outcome: ActOutcome): State {
  const { intent } = state.journal;
  if (!intent) return state;
  if (intent.fallbackMonoMs !== undefined && outcome.problem) {
    const fallbackCameTo = outcome.problem.message;
    return { ...state, journal: { ...state.journal, intent: { ...intent, fallbackCameTo } } };
  }
  if (outcome.performed === 'maybe') return state;
  if (outcome.performed === 'yes') {
    return intent.acted
      ? state
      : { ...state, journal: { ...state.journal, intent: { ...intent, acted: true } } };
  }
  if (intent.acted) return state;
  return undoAttempt(state, intent, outcome.problem);
}
