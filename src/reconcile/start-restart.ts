import type { AgentSupervisor } from '../agent/agent-observation.ts';
import type { Instant } from '../kit/clock.ts';
import { chooseRestartVerb, type RestartVerb } from '../supervision/restart-verb.ts';
import type { Context } from './context.ts';
import type { ActOutcome } from './decision.ts';
import { evidenceOf } from './evidence.ts';
import type { Duty, Intent, Journal } from './journal.ts';
import type { Reason } from './phase.ts';
import type { Policy } from './policy.ts';
import { cannotRestart } from './rules/guards.ts';
import { switchedOn } from './rules/restart-allowed.ts';
import { type State, withRounds } from './state.ts';
import { blocked, type Step } from './step.ts';

/** Restarts remembered for the budget of 24 hours: more than it allows, by hand included. */
const rememberedRestarts = 12;

/** Writes the intent and asks for the one call that is right on this host; or says what it would be, in a dry run. */
export function startRestart(context: Context, cause: string): Step {
  const { state, observation, now, limits } = context;
  const { agent } = observation;
  // With `restart=off` this is by hand.
  const choice = chooseRestartVerb(agent, switchedOn(limits));
  if (choice.verb === 'none' || !agent.container) return blocked(state, cannotRestart(choice.reason));
  const { id, startedAt } = agent.container;
  if (limits.dryRun) return dryRun(context, choice, cause);
  const { lastRestart: replaces, transition, recentRestarts = [], ...rest } = state.journal;
  const requestId = state.request?.id;
  const request = requestId === undefined ? {} : { requestId };
  const counted = transition && { ...transition, attempts: transition.attempts + 1 };
  const journal: Journal = {
    ...rest,
    restartsTotal: rest.restartsTotal + 1,
    recentRestarts: [...recentRestarts, now.monoMs].slice(-rememberedRestarts),
    intent: {
      verb: choice.verb,
      // Whatever systemd restarts is the unit's to bring back.
      supervised: bySystemd(agent.supervisor) || choice.verb === 'systemctl-restart',
      unit: agent.unit?.name ?? limits.agentUnit,
      containerId: id,
      startedAt,
      atMonoMs: now.monoMs,
      acted: false,
      ...request,
      ...(replaces && { replaces }),
    },
    lastRestart: {
      atWallMs: now.wallMs,
      verb: choice.verb,
      outcome: 'pending',
      evidence: evidenceOf(observation),
      ...request,
    },
    ...(counted && { transition: counted }),
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
        fields: { verb: choice.verb, container: id, cause, attempt: counted?.attempts },
      },
    ],
  };
}

function bySystemd(supervisor: AgentSupervisor): boolean {
  return supervisor === 'ecs-init' || supervisor === 'unit';
}

function dryRun({ state, observation }: Context, act: RestartVerb, cause: string): Step {
  const { process } = state;
  const step = blocked(
    { ...state, process: process && { ...process, dryRunTold: true } },
    {
      code: 'dry-run',
      message: `Dry run: the agent would be restarted now (${act.verb})`,
      advice: 'Run without --dry-run to restart it.',
    },
  );
  if (process?.dryRunTold) return step;
  const fields = { verb: act.verb, container: observation.agent.container?.id, cause };
  return { ...step, act, dryRun: true, events: [{ code: 'restart-dry-run', fields }] };
}

/** The state after the call: an answered one is noted in the journal, one that was never made does not count. */
export function afterAct(state: State, { performed, problem }: ActOutcome): State {
  const { intent, verifying } = state.journal;
  if (verifying?.duty) {
    const duty = cameTo(verifying.duty, problem);
    return { ...state, journal: { ...state.journal, verifying: { ...verifying, duty } } };
  }
  if (!intent) return state;
  if (intent.fallbackMonoMs !== undefined && problem) {
    return { ...state, journal: { ...state.journal, intent: cameTo(intent, problem) } };
  }
  if (performed === 'maybe' || intent.acted) return state;
  if (performed === 'no') return undoAttempt(state, intent, problem);
  return { ...state, journal: { ...state.journal, intent: { ...intent, acted: true } } };
}

function cameTo<Of extends Duty>(duty: Of, problem: ActOutcome['problem']): Of {
  return problem === undefined ? duty : { ...duty, fallbackCameTo: problem.message };
}

/** Takes back a restart whose call was never made; the caller that asked for it is told why. */
export function undoAttempt(state: State, intent: Intent, reason: Reason | undefined): State {
  const { requestId, replaces, atMonoMs } = intent;
  const { lastRestart: _, intent: __, transition, recentRestarts, ...rest } = state.journal;
  const journal: Journal = {
    ...rest,
    restartsTotal: Math.max(0, rest.restartsTotal - 1),
    ...(recentRestarts && { recentRestarts: recentRestarts.filter((monoMs) => monoMs !== atMonoMs) }),
    ...(transition && { transition: { ...transition, attempts: Math.max(0, transition.attempts - 1) } }),
    ...(replaces && { lastRestart: replaces }),
  };
  return {
    ...withRounds(state, { readyRounds: 0 }),
    journal,
    ...(requestId !== undefined &&
      reason && { requestAnswer: { id: requestId, phase: 'blocked' as const, reason } }),
    intentOwned: false,
  };
}

/** Ends the cool-down: an agent came onto the private path after all. */
export function withoutCoolDown(journal: Journal): Journal {
  if (journal.transition?.notBeforeMonoMs === undefined) return journal;
  const { notBeforeMonoMs: _, ...transition } = journal.transition;
  return { ...journal, transition };
}

/** Sets the cool-down that follows the attempt just made. */
export function withCoolDown(journal: Journal, now: Instant, limits: Policy): Journal {
  const { transition } = journal;
  if (!transition) return journal;
  const index = Math.min(Math.max(transition.attempts, 1), limits.coolDownsMs.length) - 1;
  const coolDownMs = limits.coolDownsMs[index] ?? 0;
  return { ...journal, transition: { ...transition, notBeforeMonoMs: now.monoMs + coolDownMs } };
}
