import { guardsOf } from '../../reconcile/rules/guards.ts';
import { check } from '../check.ts';
import { fail, found, foundProblem, passed, skip, warn } from '../finding.ts';

export const agentSettingsCheck = check({
  name: 'agent-settings',
  title: 'The agent’s proxy, region, backend host and FIPS settings',
  findings: {
    'agent-behind-proxy': fail(
      'A proxied agent does not use this host’s DNS for ECS at all: the proxy looks the names up, where they are mostly ' +
        'public, and a restart would change nothing.',
      "Add the endpoints' names to NO_PROXY in /etc/ecs/ecs.config (NO_PROXY=169.254.169.254,169.254.170.2," +
        '.REGION.amazonaws.com), then `systemctl restart ecs`.',
    ),
    'agent-region-differs': fail(
      'Interface endpoints serve only their own region; the agent is set to another one.',
      'Remove AWS_DEFAULT_REGION from /etc/ecs/ecs.config, then `systemctl restart ecs`.',
    ),
    'agent-backend-public': fail(
      'The agent asks this host in place of the regional ECS API where its control plane is. It is not private, so that ' +
        'it would be told public hosts again after a restart.',
      'Remove ECS_BACKEND_HOST={backendHost} from /etc/ecs/ecs.config, then `systemctl restart ecs`.',
    ),
    'agent-fips': warn(
      'The agent asks the FIPS name of the ECS API. Which of the endpoints make that name private is not documented.',
      'Remove AWS_USE_FIPS_ENDPOINT from /etc/ecs/ecs.config unless it is required, or look the endpoint’s names up: ' +
        '`aws ec2 describe-vpc-endpoints --query VpcEndpoints[].DnsEntries[].DnsName`.',
    ),
    'agent-settings-unknown': skip(
      'The agent’s settings are in its container’s environment.',
      'See docker-engine and agent-container.',
    ),
  },
  needs: ['observation'],
  run: async (host) => {
    const observation = await host.observation();
    const { settings } = observation.agent;
    if (settings === undefined) return found('agent-settings-unknown', 'no container to read them from');
    const reason = guardsOf(observation, host.policyFor(observation)).find(
      ({ code }) => code === 'agent-behind-proxy' || code === 'agent-region-differs',
    );
    if (reason !== undefined) return foundProblem(reason);
    const api = (await host.observation()).endpoints?.endpoints.find(({ service }) => service === 'ecs');
    if (settings.backendHost && api?.class === 'public') {
      const seen = `ECS_BACKEND_HOST is ${settings.backendHost}, which is public`;
      return found('agent-backend-public', seen, { backendHost: settings.backendHost });
    }
    if (settings.useFips && api?.class !== 'private') {
      return found('agent-fips', `AWS_USE_FIPS_ENDPOINT=true; ${api?.host ?? 'its name'} is not private`);
    }
    const notes = [
      settings.region === undefined ? undefined : `region ${settings.region}`,
      settings.backendHost ? `API host ${settings.backendHost}` : undefined,
      settings.useFips ? 'FIPS' : undefined,
      settings.metricsDisabled ? 'metrics off (no TCS connection)' : undefined,
      'no proxy for ECS',
    ];
    return passed(notes.filter((note) => note !== undefined).join(', '));
  },
});
