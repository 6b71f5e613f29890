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
    'agent-refused': fail(
      'A policy lacks an action that the agent needs: of the interface endpoint that it calls, or of the role of the ' +
        'instance. The last thing that its log says.',
      'Allow what is named. It tries again by itself.',
    ),
    'agent-distrusts': fail(
      'The agent does not trust the certificate that it is shown, whatever the host trusts. The last thing that its log says.',
      'Check the clock, what ends TLS on the way, and SSL_CERT_FILE in /etc/ecs/ecs.config.',
    ),
    'agent-deregistered': fail(
      'ECS no longer knows this container instance, and the agent asks again only once an hour.',
      '`systemctl stop ecs`, `rm /var/lib/ecs/data/agent.db`, `systemctl start ecs`.',
    ),
    'agent-cannot-reach': fail(
      'The agent gets no connection to the control plane. The last thing that its log says.',
      'See the endpoint checks and agent-resolv-conf: it may ask other nameservers than the host.',
    ),
    'agent-start-failed': fail(
      'ecs-init tried to start the agent and could not.',
      'Fix what it names; `journalctl -u ecs` has the lines around it.',
    ),
    'agent-disconnected': fail(
      'The agent is registered and has no connection to ECS that lasts.',
      'Look at the end of /var/log/ecs/ecs-agent.log.',
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
    const { path, saying, registration, engineProblem } = observation.agent;
    const { evidence, connections } = path;
    if (engineProblem) return found('path-none', evidence);
    if (path.path === 'private') return passed(evidence);
    const { reason } = verdict(observation);
    if (path.path === 'public') {
      return reason.code === 'agent-on-public-path'
        ? foundProblem(reason)
        : found('agent-on-public-path', `the public path: ${evidence}`);
    }
    if (saying && registration.introspection !== 'foreign') return foundProblem(saying);
    if (path.path === 'none') return found('path-none', evidence);
    if (path.path === 'disconnected') return found('agent-disconnected', evidence);
    const list = connections.length === 0 ? '' : ` (${connections.slice(0, 3).join(', ')})`;
    return found('path-unknown', `${evidence}${list}`);
  },
});
