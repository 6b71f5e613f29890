import type { AgentContainer, SupervisorUnit } from '../agent/agent-observation.ts';
import { unitIsNew } from '../observe/observation.ts';
import type { AgentAct } from '../supervision/agent-restarter.ts';
import { isAboutToAct, isStopped } from '../supervision/supervisor-unit.ts';
import { type Context, sinceMs } from './context.ts';
import type { DecisionEvent } from './decision.ts';
import type { Duty } from './journal.ts';
import type { Reason } from './phase.ts';
import { unitStopped } from './rules/agent-registered.ts';
import type { State } from './state.ts';

/**
 * After a kill, a moment for a supervisor that was not seen: ecs-init needs 0.7 s, and systemd no longer unless told so.
 * A container that the Engine was to start itself and that stays down longer is not merely between stop and start.
 */
const startAfterMs = { kill: 2_000, restart: 5_000, 'systemctl-restart': 5_000 } as const;

/** From one start to the next: twice as long each time. */
const startAgainAfterMs = { first: 5_000, longest: 60_000 } as const;

/** After a fallback that failed outright the next way is taken, a moment later. */
const afterFailureMs = 2_000;

/** A unit that systemd is about to start is given this long, which is more than most set for RestartSec. */
const aboutToActMs = 120_000;

/** Exit codes of an agent that was told to end: by itself it ends with others. */
const endsWhenTold: ReadonlySet<number | undefined> = new Set([0, 130, 137, 143]);

/** The agent was told to end, by its exit code. */
export function isStoppedByHand({ exitCode, outOfMemory }: AgentContainer): boolean {
  return endsWhenTold.has(exitCode) && !outOfMemory;
}

/** What is done about an agent that is down and ours. */
export type WayBack =
  /** `ask`: what is decided next hangs on the unit, which has not been asked in this look. */
  | { readonly kind: 'wait' | 'ask'; readonly reason: Reason }
  | {
      readonly kind: 'act';
      readonly reason: Reason;
      readonly act: AgentAct;
      readonly duty: Duty;
      readonly event: DecisionEvent;
    }
  /** An operator has stopped it after us. */
  | { readonly kind: 'taken-over'; readonly reason: Reason };

/**
 * The ways back, each tried in turn: one that did nothing (a `start` of a unit that is active) or failed (the unit is
 * masked) is not tried again before all others. The Docker Engine comes last: what it starts, no unit runs.
 *
 * @param downMs how long the agent has been down
 */
export function wayBack(context: Context, duty: Duty, downMs: number): WayBack {
  return duty.supervised ? throughUnit(context, duty, downMs) : throughEngine(context, duty, downMs);
}

function throughUnit(context: Context, duty: Duty, downMs: number): WayBack {
  const { observation, limits } = context;
  const { container } = observation.agent;
  // What another unit does says nothing of it.
  const unit = observation.agent.unit?.name === duty.unit ? observation.agent.unit : undefined;
  const ways = waysOf(duty, container);
  const { fallbacks = 0, fallbackCameTo, fallbackMonoMs } = duty;
  const failed = fallbackCameTo !== undefined && fallbacks % ways.length !== 0;
  const patienceMs = failed ? Math.min(afterFailureMs, limits.recreateTimeoutMs) : limits.recreateTimeoutMs;
  const waitedMs = fallbackMonoMs === undefined ? downMs : sinceMs(context, fallbackMonoMs);
  if (waitedMs < patienceMs) return { kind: 'wait', reason: awaited };
  if (!unitIsNew(observation)) return { kind: 'ask', reason: awaited };
  if (unit && isStopped(unit) && isByOperator(context, duty, unit)) {
    return { kind: 'taken-over', reason: unitStopped(unit.name) };
  }
  if (unit && isAboutToAct(unit) && waitedMs < Math.max(aboutToActMs, limits.recreateTimeoutMs)) {
    return { kind: 'wait', reason: awaited };
  }
  const act = ways[fallbacks % ways.length] ?? { verb: 'systemctl-start' as const, unit: duty.unit };
  const before = fallbackCameTo === undefined ? '' : ` (before that: ${fallbackCameTo})`;
  return {
    kind: 'act',
    act,
    duty: tried(context, duty),
    reason: {
      code: 'supervisor-did-not-recreate',
      message: `The agent was not re-created within ${limits.recreateTimeoutMs / 1000} s; ${inWords(act)}${before}`,
      advice: `If this stays, look at \`systemctl status ${duty.unit}\` and \`journalctl -u ${duty.unit}\`.`,
    },
    event: {
      code: 'restart-fallback',
      fields: act.verb === 'start' ? { container: act.containerId } : { unit: duty.unit },
    },
  };
}

/** Of a unit that is stopped: whether somebody else has stopped it, or its agent, after us. */
function isByOperator(context: Context, duty: Duty, { end }: SupervisorUnit): boolean {
  const { container } = context.observation.agent;
  const restartedMonoMs = unitRestartedMonoMs(context, duty);
  // A run from before our own restart was stopped by that, and the start that was to follow has failed.
  if (end?.asked) return restartedMonoMs === undefined || end.beganMonoMs >= restartedMonoMs;
  // How the process ended that we ended says nothing of an operator.
  if (hasEndedOld(context, duty)) return end === undefined && restartedMonoMs === undefined;
  // Some units end well whatever their agent ends with, and then nobody has stopped anything.
  return container === undefined || isStoppedByHand(container);
}

/** There has been no other process yet since our call, and that is what ended the old one. */
function hasEndedOld({ state, observation }: Context, { verb }: Duty): boolean {
  const { intent } = state.journal;
  if (intent === undefined || !isMade(state)) return false;
  const { container } = observation.agent;
  if (container === undefined) return true;
  const isOld = container.id === intent.containerId && container.startedAt === intent.startedAt;
  return isOld && (verb !== 'kill' || container.exitCode === killed);
}

/** The exit code of a process that ended by SIGKILL. */
const killed = 137;

/** Not so, as far as is known, where an earlier daemon ended between its intent and the answer. */
function isMade({ journal: { intent }, intentOwned }: State): boolean {
  return intent === undefined || intent.acted || intentOwned;
}

/** When we last had the unit restarted, which stops it first; undefined: never, as far as is known. */
function unitRestartedMonoMs({ state }: Context, duty: Duty): number | undefined {
  const { verb, fallbacks = 0, fallbackMonoMs } = duty;
  // The second way back is a restart too.
  if (fallbacks >= 2) return fallbackMonoMs;
  const { intent, verifying } = state.journal;
  return verb === 'systemctl-restart' && isMade(state)
    ? (intent?.atMonoMs ?? verifying?.sinceMonoMs)
    : undefined;
}

const awaited: Reason = {
  code: 'waiting-for-supervisor',
  message: 'The old agent has ended; waiting for the new one',
  advice: undefined,
};

function waysOf({ unit }: Duty, container: AgentContainer | undefined): readonly AgentAct[] {
  return [
    { verb: 'systemctl-start', unit },
    { verb: 'systemctl-restart', unit },
    ...(container ? [{ verb: 'start', containerId: container.id } as const] : []),
  ];
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

function throughEngine(context: Context, duty: Duty, downMs: number): WayBack {
  const { container } = context.observation.agent;
  if (container === undefined) {
    if (downMs < context.limits.recreateTimeoutMs) {
      const message = "The agent's container is gone while it was being restarted";
      return { kind: 'wait', reason: { code: 'agent-absent', message, advice: undefined } };
    }
    return { kind: 'taken-over', reason: removed };
  }
  const againMs = Math.min(
    startAgainAfterMs.first * 2 ** Math.max(0, (duty.fallbacks ?? 0) - 1),
    startAgainAfterMs.longest,
  );
  const again = duty.fallbackMonoMs !== undefined && sinceMs(context, duty.fallbackMonoMs) < againMs;
  if (again || downMs < startAfterMs[duty.verb]) {
    const who =
      duty.verb === 'kill'
        ? 'a moment for a supervisor that was not seen'
        : 'the Engine is about to start it again';
    const message = `The old agent has ended; ${who}`;
    return { kind: 'wait', reason: { code: 'restart-in-flight', message, advice: undefined } };
  }
  return {
    kind: 'act',
    act: { verb: 'start', containerId: container.id },
    duty: tried(context, duty),
    reason: {
      code: 'agent-found-stopped',
      message: 'Nobody has started the agent again; it is being started',
      advice:
        'If this stays, look at `docker inspect` and `docker logs` of the agent, and `journalctl -u docker`.',
    },
    event: { code: 'restart-fallback', fields: { container: container.id } },
  };
}

const removed: Reason = {
  code: 'agent-absent',
  message: "The agent's container was removed by someone while it was being restarted",
  advice: 'Create it again the way it was created before (nothing on this host does it by itself).',
};

function tried({ now }: Context, duty: Duty): Duty {
  const { fallbackCameTo: _, ...rest } = duty;
  return { ...rest, fallbackMonoMs: now.monoMs, fallbacks: (duty.fallbacks ?? 0) + 1 };
}
