import { whoRestarts } from '../agent/who-restarts.ts';
import { isClose } from '../observe/observation.ts';
import type { Context } from './context.ts';
import { guards } from './guards.ts';
import type { Reason } from './phase.ts';
import type { ReasonCode } from './reasons.ts';
import { exitFive } from './restart-under-way.ts';
import { restartNow } from './start-restart.ts';
import type { State } from './state.ts';
import type { Step } from './step.ts';
import { postponement } from './timing.ts';

/** How long an agent may be absent or unregistered before that is called a block rather than a pause. */
const agentPauseMs = 60_000;

/** The decision once all names are private: is the agent there, and if not, what blocks? */
export function decideOnAgent(context: Context): Step {
  const { state, observation, summary, limits } = context;
  const { path, evidence } = observation.agent.path;
  if (path === 'private') return settled(state, `The agent is on the private path: ${evidence}`);
  const wasSettled = state.phase === 'settled' && state.process === state.settledProcess;
  if (wasSettled && (path === 'unknown' || (path === 'public' && state.publicLooks < limits.pathRounds))) {
    // Between two websockets there is nothing to see; what was proven for this process holds until seen otherwise.
    return { state, phase: 'settled', reason: state.reason, lookInMs: limits.waitingIntervalMs };
  }
  if (!isClose(observation)) return requestFullLook(state);
  if (!summary.ready) return blocked(state, summary.reason);
  const [guard] = guards(observation, limits);
  if (guard) return blocked(state, guard);
  if (observation.agent.engineProblem) return blocked(state, observation.agent.engineProblem);
  if (path === 'none') return noAgent(context);
  if (state.readyRounds < limits.settleRounds) {
    return settling(
      state,
      'names-settling',
      `All names are private and reachable (round ${state.readyRounds} of ${limits.settleRounds})`,
    );
  }
  if (path === 'unknown') return unknownPath(context);
  if (state.publicLooks < limits.pathRounds) {
    return settling(
      state,
      'path-settling',
      `The agent is on the public path (look ${state.publicLooks} of ${limits.pathRounds})`,
    );
  }
  return postponement(context) ?? restartNow(context, evidence);
}

function settled(state: State, message: string, code: ReasonCode = 'on-private-path'): Step {
  return {
    state: { ...state, readyRounds: 0, settledProcess: state.process },
    phase: 'settled',
    reason: { code, message, advice: undefined },
  };
}

export function settling(state: State, code: ReasonCode, message: string): Step {
  return { state, phase: 'settling', reason: { code, message, advice: undefined } };
}

function blocked(state: State, reason: Reason | undefined): Step {
  // All but the reason for a block is summed up by `summarizeEndpoints`; it is there whenever it is not ready.
  return reason ? { state, phase: 'blocked', reason } : settling(state, 'names-settling', 'Looking closely');
}

/** What is asked only before a restart has not been asked in this look: ask it at once. */
export function requestFullLook(state: State): Step {
  const step = settling(
    state,
    'names-settling',
    'All names are private; trying port 443 and looking at the host',
  );
  return { ...step, lookInMs: 0 };
}

function noAgent(context: Context): Step {
  const { state, observation } = context;
  const { container, unit } = observation.agent;
  if (container && !container.running && container.exitCode === 5) return blocked(state, exitFive);
  const unitStopped = unit?.loaded && unit.activeState === 'inactive' && !unit.jobQueued;
  if (!container?.running && unitStopped) {
    return blocked(state, {
      code: 'unit-stopped',
      message: `${unit.name} has been stopped, so the agent is left stopped`,
      advice: `When you want it back: \`systemctl start ${unit.name}\`. It then starts on the private path.`,
    });
  }
  if (container?.processGone) return processGone(context, container.name);
  const what = container?.running
    ? 'The agent is running and has not registered yet'
    : container
      ? "The agent's container is not running"
      : 'There is no agent container';
  const code = container?.running ? 'agent-not-registered' : 'agent-not-running';
  if (mayBeAPause(context)) return settling(state, code, what);
  return blocked(state, {
    code,
    message: `${what}; ${container?.running ? 'when it exits, ' : ''}${whoRestarts(observation.agent)}. A new process starts on the private path`,
    advice: 'Look at `systemctl status ecs`, `docker ps -a` and /var/log/ecs/ecs-agent.log.',
  });
}

/** A request by hand (user data, say) is answered at once. */
function mayBeAPause({ state, now }: Context): boolean {
  return state.request === undefined && now.monoMs - (state.noAgentSinceMonoMs ?? now.monoMs) < agentPauseMs;
}

function processGone(context: Context, name: string): Step {
  const { unit } = context.observation.agent;
  const code = 'agent-process-gone';
  const message = `The Docker Engine thinks that ${name} runs; its process is gone`;
  if (mayBeAPause(context)) return settling(context.state, code, message);
  const start =
    unit?.loaded === true
      ? `\`systemctl restart --no-block ${unit.name}\``
      : 'create it again the way it was created before';
  return blocked(context.state, {
    code,
    message,
    advice: `\`docker rm -f ${name}\`, then ${start}. It then starts on the private path.`,
  });
}

/** The path cannot be determined: after a while go by the start time, and restart at most once. */
function unknownPath(context: Context): Step {
  const { state, observation, now, limits } = context;
  const { evidence, lastWebsocketHost } = observation.agent.path;
  const forMs = now.monoMs - (state.unknownSinceMonoMs ?? now.monoMs);
  if (forMs < limits.unknownPathAfterMs) {
    return settling(state, 'path-unknown', `The agent's path cannot be determined yet: ${evidence}`);
  }
  const { transition } = state.journal;
  const startedMonoMs = observation.agent.container?.startedMonoMs;
  // An un-numbered host was learnt through the `ecs` endpoint: every reconnect resolves it privately by itself.
  const learntPrivately = lastWebsocketHost !== undefined && /^ecs-a\./.test(lastWebsocketHost);
  const startedBefore =
    transition !== undefined && startedMonoMs !== undefined && startedMonoMs < transition.privateSinceMonoMs;
  if (!startedBefore || learntPrivately || transition.attempts > 0) {
    const why = learntPrivately
      ? `${lastWebsocketHost}, the host it was last told, is private by now`
      : startedMonoMs === undefined
        ? 'when it started is not known either; not restarting it'
        : 'it started after the endpoints were private';
    return settled(state, `The agent's path cannot be determined (${evidence}); ${why}`, 'path-unproven');
  }
  const cause = `started before the endpoints were private; ${evidence}`;
  return postponement(context) ?? restartNow(context, cause);
}
