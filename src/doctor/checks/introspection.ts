import { check } from '../check.ts';
import { runningContainer } from '../doctor-host.ts';
import { fail, found, passed, skip, warn } from '../finding.ts';

export const introspectionCheck = check({
  name: 'introspection',
  title: 'The agent’s introspection: registered, in which cluster, in which version',
  findings: {
    'agent-not-registered': fail(
      'The agent runs, and its introspection does not listen yet: it has not registered with its cluster. It tries again ' +
        'by itself, and ends with exit code 1 after a while, for its supervisor to start it anew.',
      '`tail -50 /var/log/ecs/ecs-agent.log` names the call that fails: no route to the ECS API, no permission of the ' +
        'instance role (AmazonEC2ContainerServiceforEC2Role), or a cluster that does not exist (ECS_CLUSTER).',
    ),
    'introspection-unclear': warn(
      'Whether the agent is registered, and its version, cannot be determined.',
      '`curl -s {url}/v1/metadata`; if another program has the port, set ECS_PRIVATELINKD_AGENT_INTROSPECTION.',
    ),
    'introspection-foreign': fail(
      'Another process than the agent listens where its introspection does. Any user may take the port while the agent is ' +
        'restarted. What it answers is not believed, so the agent does not count as registered.',
      'Find it (`ss -ltnp`) and end it, then restart the agent so that it takes its port.',
    ),
    'introspection-no-agent': skip('Introspection is the running agent’s.', 'See agent-container.'),
  },
  needs: ['observation'],
  run: async (host) => {
    const url = host.settings.agentIntrospection;
    const { agent } = await host.observation();
    if (runningContainer(agent) === undefined) {
      return found('introspection-no-agent', 'no agent is running');
    }
    const { introspection, cluster, version } = agent.registration;
    if (introspection === 'not-registered') return found('agent-not-registered', `${url} does not listen`);
    if (introspection === 'foreign') {
      return found('introspection-foreign', `another process than the agent listens at ${url}`);
    }
    if (introspection !== 'registered') {
      return found('introspection-unclear', `${url} gives no usable answer`, { url });
    }
    return passed(`registered with the cluster ${cluster}, version ${version ?? 'unknown'}`);
  },
});
