import { isNumberedAcsHost } from '../../agent/agent-path.ts';
import { type Context, isByHand, sinceMs } from '../context.ts';
import { blocked, settling } from '../step.ts';
import { type Finding, passed, type Rule, type RuleWords, spoke } from './rule.ts';

/** The longest pause of the agent between two tries to connect. */
const longestPauseMs = 120_000;

/** The path must be known; where it cannot be, start times decide once. */
export const pathKnown: Rule = (context) => {
  switch (context.observation.agent.path.path) {
    case 'unknown':
      return context.observation.agent.path.publicSeen === undefined ? unread(context) : tooLittle(context);
    case 'disconnected':
      return disconnected(context);
    default:
      return passed(`path ${context.observation.agent.path.path}`);
  }
};

function disconnected(context: Context): Finding {
  const { state, observation } = context;
  const { evidence, lastWebsocketHost } = observation.agent.path;
  const forMs = sinceMs(context, state.process?.disconnectedSinceMonoMs);
  const message = `The agent is registered and has no connection to ECS that lasts: ${evidence}`;
  if (isByHand(context)) return passed('no connection, and a restart by hand');
  if (forMs < longestPauseMs) {
    return spoke(
      isOfPublicPath(context) ? blocked(state, state.reason) : settling(state, 'agent-disconnected', message),
    );
  }
  // It keeps to the host that it was told for hours, and a numbered one is told on the public path only.
  if (lastWebsocketHost !== undefined && isNumberedAcsHost(lastWebsocketHost)) {
    return passed(`no connection, and it tries the public name ${lastWebsocketHost}`);
  }
  const advice =
    'Look at the end of /var/log/ecs/ecs-agent.log. It tries again by itself, every two minutes at the least.';
  return spoke(blocked(state, observation.agent.saying ?? { code: 'agent-disconnected', message, advice }));
}

/** Its connections are read, and show too little yet: that passes within seconds, or it is disconnected. */
function tooLittle(context: Context): Finding {
  const { state, observation, limits } = context;
  const { connectedMonoMs, evidence } = observation.agent.path;
  if (connectedMonoMs !== undefined) {
    // A refused websocket looks like one that has just been opened: nothing is taken back for it, and nothing new is said.
    // Whether it lasts is seen soon.
    const stands = state.phase === 'blocked' && isOfNoConnection(context) && !isByHand(context);
    if (stands) return spoke({ ...blocked(state, state.reason), lookInMs: limits.waitingIntervalMs });
  } else if (state.process?.disconnectedSinceMonoMs !== undefined) {
    // Dialling is not being connected: between two tries nothing is new.
    return disconnected(context);
  }
  if (isOfPublicPath(context) && !isByHand(context)) return spoke(blocked(state, state.reason));
  return spoke(settling(state, 'path-unknown', notYet(evidence)));
}

/** Whether what is said now is that the agent does not get a connection, or not the right one. */
function isOfNoConnection({ state: { reason }, observation }: Context): boolean {
  const { saying } = observation.agent;
  return ['agent-disconnected', 'restart-did-not-help', 'agent-told-public-hosts', saying?.code].includes(
    reason.code,
  );
}

/** Reasons of an agent on the public path that is not restarted. */
const notRestarted: ReadonlySet<string> = new Set([
  'restart-off',
  'dry-run',
  'attempts-used-up',
  'agent-told-public-hosts',
]);

/** Whether what blocks now is said of an agent on the public path: between two of its tries that is no less so. */
function isOfPublicPath({ state: { phase, reason, process }, limits }: Context): boolean {
  return (
    phase === 'blocked' && notRestarted.has(reason.code) && (process?.publicLooks ?? 0) >= limits.pathRounds
  );
}

function notYet(evidence: string): string {
  return `The agent's path cannot be determined yet: ${evidence}`;
}

function unread(context: Context): Finding {
  const { state, observation, limits } = context;
  const { evidence } = observation.agent.path;
  if (sinceMs(context, state.process?.unknownSinceMonoMs) < limits.unknownPathAfterMs) {
    return spoke(settling(state, 'path-unknown', notYet(evidence)));
  }
  const why = whyUnproven(context);
  if (why === undefined) return passed('it started before the endpoints were seen to be private');
  return spoke(
    blocked(state, {
      code: 'path-unproven',
      message: `The agent's path cannot be determined (${evidence}); ${why}`,
      advice: 'Run the daemon as root, so that it sees the connections of the agent (CAP_SYS_PTRACE).',
    }),
  );
}

/** Undefined where start times say that a restart helps. */
function whyUnproven({ state, observation }: Context): string | undefined {
  const { lastWebsocketHost } = observation.agent.path;
  // An un-numbered host was learnt through the `ecs` endpoint: every reconnect resolves it privately by itself.
  if (lastWebsocketHost !== undefined && !isNumberedAcsHost(lastWebsocketHost)) {
    return `${lastWebsocketHost}, the host it was last told, is private by now`;
  }
  const { transition } = state.journal;
  if (transition !== undefined && transition.attempts > 0)
    return 'one restart has been made without seeing its path';
  const startedMonoMs = observation.agent.container?.startedMonoMs;
  if (startedMonoMs === undefined) return 'when it started is not known either; not restarting it';
  if (transition === undefined) return 'since when the endpoints are private is not known; not restarting it';
  return startedMonoMs < transition.privateSinceMonoMs
    ? undefined
    : 'it started after the endpoints were private';
}

export const words = {
  rule:
    'Only the connections of the agent prove its path. Where they cannot be seen, start times decide after ' +
    '`unknown-path-after`, once; where there are none to be seen, the agent is disconnected.',
  changes: 'A connection of the agent to ECS.',
  reasons: {
    'path-unknown': {
      phases: ['settling'],
      check: true,
      meaning: "the agent's path cannot be determined; after `unknown-path-after` start times decide",
    },
    'path-unproven': {
      phases: ['blocked'],
      meaning: "the agent's connections cannot be seen, and its start does not call for a restart",
      changes: 'The daemon as root, so that it sees the connections of the agent.',
    },
    'agent-disconnected': {
      phases: ['settling', 'blocked'],
      check: true,
      meaning:
        'registered, and without any connection to ECS; blocked after two minutes, with what its log says last',
    },
  },
} as const satisfies RuleWords;
