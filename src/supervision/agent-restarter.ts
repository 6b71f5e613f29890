import { type EngineClient, RESTART_GRACE_SECONDS } from '../agent/engine-client.ts';
import { messageOf, type Problem, ProblemError } from '../kit/problem.ts';
import type { RestartVerb } from './restart-verb.ts';
import type { Systemctl } from './systemctl.ts';

/** One thing that is done to the agent. `start` and `systemctl-start` are for one that was left stopped. */
export type AgentAct =
  | Pick<Extract<RestartVerb, { verb: 'kill' }>, 'verb' | 'containerId'>
  | Pick<Extract<RestartVerb, { verb: 'restart' }>, 'verb' | 'containerId'>
  | Pick<Extract<RestartVerb, { verb: 'systemctl-restart' }>, 'verb' | 'unit'>
  | { readonly verb: 'start'; readonly containerId: string }
  | { readonly verb: 'systemctl-start'; readonly unit: string };

export interface AgentRestarter {
  /**
   * Resolves to what kept the call from going through; undefined when it did, which does not say that the agent is
   * back. Rejects only with the signal's reason; whether the act went through is then not known.
   */
  act(act: AgentAct, signal: AbortSignal): Promise<Problem | undefined>;
}

/**
 * Never aborts. Docker 23.0 to 24.0.6 ends a `restart` whose caller hangs up between stop and start (moby #46688), and
 * the container stays stopped: such a call goes on to its end, or to its own time limit.
 */
const toItsEnd = new AbortController().signal;

/** Engine calls name the container that was observed, so that a newer one is never hit. */
export function createAgentRestarter(engine: EngineClient, systemctl: Systemctl): AgentRestarter {
  async function run(act: AgentAct, signal: AbortSignal): Promise<Problem | undefined> {
    signal.throwIfAborted();
    switch (act.verb) {
      case 'kill':
        // Not running and gone are as good: the old process has ended.
        await engine.kill(act.containerId, signal);
        return undefined;
      case 'restart':
        return (await engine.restart(act.containerId, toItsEnd)) === 'gone'
          ? gone(act.containerId)
          : undefined;
      case 'start':
        return (await engine.start(act.containerId, toItsEnd)) === 'gone' ? gone(act.containerId) : undefined;
      case 'systemctl-restart':
      case 'systemctl-start':
        await systemctl(systemctlArguments(act), signal);
        return undefined;
    }
  }

  return {
    async act(act, signal) {
      try {
        return await run(act, signal);
      } catch (thrown) {
        signal.throwIfAborted();
        return problemOf(describeCall(act), thrown);
      }
    },
  };
}

/** The exact call, for logs and dry runs, e.g. `POST /containers/3f2a…/kill?signal=SIGKILL`. */
export function describeCall(act: AgentAct): string {
  switch (act.verb) {
    case 'kill':
      return `POST /containers/${act.containerId}/kill?signal=SIGKILL`;
    case 'restart':
      return `POST /containers/${act.containerId}/restart?t=${RESTART_GRACE_SECONDS}`;
    case 'start':
      return `POST /containers/${act.containerId}/start`;
    case 'systemctl-restart':
    case 'systemctl-start':
      return `systemctl ${systemctlArguments(act).join(' ')}`;
  }
}

/** Never waiting for the job: `ecs.service` may be queued behind cloud-final, and we behind nothing. */
function systemctlArguments(
  act: Extract<AgentAct, { verb: 'systemctl-restart' | 'systemctl-start' }>,
): readonly string[] {
  return [act.verb === 'systemctl-restart' ? 'restart' : 'start', '--no-block', act.unit];
}

function gone(containerId: string): Problem {
  return {
    code: 'agent-container-gone',
    message: `the container ${containerId.slice(0, 12)} was removed meanwhile`,
    advice: 'Nothing: the next look finds the new one.',
  };
}

function problemOf(call: string, thrown: unknown): Problem {
  if (thrown instanceof ProblemError) return thrown.problem;
  return {
    code: 'agent-restart-failed',
    message: `${call} failed: ${messageOf(thrown)}`,
    advice: 'Restart the agent by hand: `systemctl restart ecs`.',
  };
}
