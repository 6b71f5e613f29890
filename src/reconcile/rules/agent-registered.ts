import { whoRestarts } from '../../agent/who-restarts.ts';
import { isStopped } from '../../supervision/supervisor-unit.ts';
import { type Context, isByHand, sinceMs } from '../context.ts';
import type { Reason } from '../phase.ts';
import type { ReasonCode } from '../reasons.ts';
import { blocked, settling } from '../step.ts';
import { passed, type Rule, type RuleWords, spoke } from './rule.ts';

/** How long an agent may be absent or unregistered before that is called a block rather than a pause. */
const pauseMs = 60_000;

/** So many ends of a process without a registered one between them are a loop. */
const loopFrom = 2;

const howToLook = 'Look at `systemctl status ecs`, `docker ps -a` and /var/log/ecs/ecs-agent.log.';

/** An agent that does not run, or has not registered, is its supervisor's to bring back. */
export const agentRegistered: Rule = (context) => {
  const { state, observation } = context;
  const { agent } = observation;
  if (agent.path.path !== 'none') return passed('registered');
  if (state.absence?.exitFive) return spoke(blocked(state, terminalError(context)));
  const { container, unit, saying } = agent;
  if (!container?.running && unit && isStopped(unit)) {
    return spoke(blocked(state, unitStopped(unit.name)));
  }
  const { code, message, advice } = notThere(context);
  if (!isByHand(context) && sinceMs(context, state.absence?.sinceMonoMs) < pauseMs) {
    return spoke(settling(state, code, message));
  }
  if (container?.processGone) return spoke(blocked(state, { code, message, advice }));
  // Its log is empty just after each start: a reason that comes and goes would be told without end.
  if (state.absence !== undefined && state.absence.ends >= loopFrom) {
    return spoke(blocked(state, keepsEnding(context)));
  }
  return spoke(blocked(state, saying ?? told(context)));
};

/** What is missing, in words; a request by hand (user data, say) is told of it at once. */
function notThere({ observation }: Context): Reason {
  const { container, unit } = observation.agent;
  if (container?.processGone) return processGone(container.name, unit?.loaded ? unit.name : undefined);
  const [code, message]: [ReasonCode, string] = container?.running
    ? ['agent-not-registered', 'The agent is running and has not registered yet']
    : [
        'agent-not-running',
        container ? "The agent's container is not running" : 'There is no agent container',
      ];
  return { code, message, advice: howToLook };
}

function keepsEnding({ observation: { agent } }: Context): Reason {
  const { saying } = agent;
  return {
    code: 'agent-keeps-ending',
    message: `The agent ends again and again without registering; ${whoRestarts(agent)}${saying ? `. It says: ${saying.message}` : ''}`,
    advice: saying?.advice ?? howToLook,
  };
}

function told(context: Context): Reason {
  const { container } = context.observation.agent;
  const who = whoRestarts(context.observation.agent);
  const { code, message } = notThere(context);
  return {
    code,
    message: `${message}; ${container?.running ? 'when it exits, ' : ''}${who}. A new process starts on the private path`,
    advice: howToLook,
  };
}

function terminalError({ observation: { agent } }: Context): Reason {
  if (!agent.container?.running) return exitFive;
  const known = agent.supervisor !== 'none' && agent.supervisor !== 'unknown';
  const by = known ? `; ${whoRestarts(agent)}` : '';
  return {
    ...exitFive,
    message: `The agent exited with a terminal error (exit code 5), and has been started again${by}`,
  };
}

/** The agent's own word that it must not be started again. */
export const exitFive: Reason = {
  code: 'agent-exit-5',
  message: 'The agent exited with a terminal error (exit code 5) and must not be restarted',
  advice: 'Read the end of /var/log/ecs/ecs-agent.log, fix what it names, then `systemctl start ecs`.',
};

/** A unit that an operator has stopped. */
export function unitStopped(name: string): Reason {
  return {
    code: 'unit-stopped',
    message: `${name} has been stopped, so the agent is left stopped`,
    advice: `When you want it back: \`systemctl start ${name}\`. It then starts on the private path.`,
  };
}

function processGone(name: string, unit: string | undefined): Reason {
  const start =
    unit === undefined
      ? 'create it again the way it was created before'
      : `\`systemctl restart --no-block ${unit}\``;
  return {
    code: 'agent-process-gone',
    message: `The Docker Engine thinks that ${name} runs; its process is gone`,
    advice: `\`docker rm -f ${name}\`, then ${start}. It then starts on the private path.`,
  };
}

export const words = {
  rule:
    'An agent that does not run, or has not registered, is not restarted by this daemon but by its supervisor. It is ' +
    'called a block after a minute.',
  changes: 'The agent runs and registers; a new process asks anew and so starts on the private path.',
  reasons: {
    'agent-not-registered': {
      phases: ['settling', 'blocked'],
      check: true,
      meaning: 'it runs and has not registered; not restarting it; blocked after a minute',
    },
    'agent-not-running': {
      phases: ['settling', 'blocked'],
      meaning: 'there is no running agent; the message says what restarts it; blocked after a minute',
    },
    'agent-keeps-ending': {
      phases: ['blocked'],
      meaning: 'it ends again and again before it registers; the message says what restarts it',
    },
    'agent-process-gone': {
      phases: ['settling', 'blocked'],
      meaning: 'the Docker Engine says that it runs, its process is gone; blocked after a minute',
      changes: '`docker rm -f` of it, and a start of its unit; the agent then starts on the private path.',
    },
    'agent-exit-5': {
      phases: ['blocked'],
      meaning: 'the agent exited with a terminal error (exit code 5)',
      changes: 'Its cause fixed (/var/log/ecs/ecs-agent.log), and `systemctl start ecs`.',
    },
    'unit-stopped': {
      phases: ['blocked'],
      meaning: "the agent's unit was stopped on purpose",
      changes: '`systemctl start` of it; the agent then starts on the private path.',
    },
  },
} as const satisfies RuleWords;
