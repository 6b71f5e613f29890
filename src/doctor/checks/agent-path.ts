import { verdict } from '../../reconcile/verdict.ts';
import { check } from '../check.ts';
import { fail, found, foundProblem, passed, skip, warn } from '../finding.ts';

export const agentPathCheck = check({
  name: 'agent-path',
  title: 'The path of the agent’s control connections, by its own sockets and log',
  findings: {
    'agent-on-public-path': fail(
      'The agent keeps the public hosts that it was told when it started, for 12 hours, whatever DNS answers now. Only a ' +
        'new agent process asks again.',
      'The daemon restarts it when all is ready; by hand: `ecs-privatelinkd restart --if-needed`.',
    ),
    'path-unknown': warn(
      'The agent’s own connections are the proof of its path, and they tell nothing at the moment.',
      'Run as root. Between two of its connections there is nothing to see: ask again in a minute.',
    ),
    'path-none': skip(
      'An agent that does not run, or has not registered, is on no path.',
      'See agent-container and introspection.',
    ),
  },
  needs: ['path'],
  run: async (host) => {
    const observation = await host.path();
    const { path, evidence, connections } = observation.agent.path;
    if (path === 'none' || observation.agent.engineProblem) return found('path-none', evidence);
    if (path === 'private') return passed(evidence);
    const { code, message } = verdict(observation).reason;
    if (path === 'public') {
      return code === 'agent-on-public-path'
        ? foundProblem({ ...verdict(observation).reason, message })
        : found('agent-on-public-path', `the public path: ${evidence}`);
    }
    const list = connections.length === 0 ? '' : ` (${connections.slice(0, 3).join(', ')})`;
    return found('path-unknown', `${evidence}${list}`);
  },
});
