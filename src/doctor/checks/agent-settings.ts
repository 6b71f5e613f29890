import type { AgentSettings } from '../../agent/agent-observation.ts';
import { unquoted } from '../../agent/api-settings.ts';
import { apiHostOf } from '../../observe/names.ts';
import { guardsOf, whereSet } from '../../reconcile/rules/guards.ts';
import { check } from '../check.ts';
import { fail, found, foundProblem, passed, skip, warn } from '../finding.ts';

export const agentSettingsCheck = check({
  name: 'agent-settings',
  title: 'The agent’s proxy, region, backend host and FIPS settings',
  findings: {
    'agent-setting-quoted': fail(
      'The agent takes the quotes around a value literally, as Docker’s env-file does: the value is another one.',
      'Write {key}={value} without quotes in {file}, then `systemctl restart ecs`.',
    ),
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
    'agent-api-elsewhere': fail(
      'The agent is told a host of the ECS API that is no endpoint’s, or settings that the AWS SDK refuses. Where it asks ' +
        'cannot be watched, so that it is not restarted.',
      'Remove what is named from /etc/ecs/ecs.config, then `systemctl restart ecs`; or, where that host leads to the `ecs` ' +
        'endpoint of this VPC, set ECS_PRIVATELINKD_ENDPOINT_NAMES=ecs=HOST.',
    ),
    'agent-backend-public': fail(
      'The agent asks this host in place of the regional ECS API where its control plane is. It is not private, so that ' +
        'it would be told public hosts again after a restart.',
      'Remove {setting}, then `systemctl restart ecs`.',
    ),
    'agent-fips': warn(
      'The agent asks the FIPS name of the ECS API. Which of the endpoints make that name private is not documented.',
      'Remove AWS_USE_FIPS_ENDPOINT from /etc/ecs/ecs.config unless it is required, or look the endpoint’s names up: ' +
        '`aws ec2 describe-vpc-endpoints --query VpcEndpoints[].DnsEntries[].DnsName`.',
    ),
    'agent-dual-stack': warn(
      'The agent asks the dual-stack name of the ECS API. An endpoint makes that name private where its DNS record IP ' +
        'type is dualstack or ipv6, if at all.',
      'Remove AWS_USE_DUALSTACK_ENDPOINT and ECS_INSTANCE_IP_COMPATIBILITY=ipv6 from /etc/ecs/ecs.config where the ' +
        'instance has IPv4, or look the endpoint’s names up: ' +
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
    const quoted = quotedSetting(settings);
    if (quoted !== undefined) {
      const { key, text, value, file } = quoted;
      return found('agent-setting-quoted', `${key} is ${text} in ${file}`, { key, value, file });
    }
    const reason = guardsOf(observation, host.policyFor(observation)).find(
      ({ code }) =>
        code === 'agent-behind-proxy' || code === 'agent-region-differs' || code === 'agent-api-elsewhere',
    );
    if (reason !== undefined) return foundProblem(reason);
    const api = observation.endpoints?.endpoints.find(({ service }) => service === 'ecs');
    const { endpoint, useFips } = settings.api;
    if (endpoint && api?.class === 'public') {
      const seen = `${endpoint.source} is ${endpoint.text}, which is public`;
      return found('agent-backend-public', seen, { setting: whereSet(endpoint.source) });
    }
    if (useFips && api?.class !== 'private') {
      return found('agent-fips', `AWS_USE_FIPS_ENDPOINT=true; ${api?.host ?? 'its name'} is not private`);
    }
    const asked = apiHostOf(observation.instance, observation.agent, host.settings.endpointNames);
    if (asked?.dualStack && api?.class !== 'private') {
      return found('agent-dual-stack', `${asked.host} is not private; asked by ${asked.source}`);
    }
    const notes = [
      settings.region && `region ${settings.region.text}`,
      endpoint && `API host ${endpoint.text}`,
      useFips ? 'FIPS' : undefined,
      settings.metricsDisabled ? 'metrics off (no TCS connection)' : undefined,
      'no proxy for ECS',
    ];
    return passed(notes.filter((note) => note !== undefined).join(', '));
  },
});

/** The first of the settings that stands in quotes, and what it would be without. */
function quotedSetting({ api, region, noProxy }: AgentSettings) {
  const noProxySetting = { text: noProxy ?? '', source: 'NO_PROXY of the agent' };
  for (const setting of [api.endpoint, region, noProxySetting]) {
    const value = unquoted(setting?.text ?? '');
    if (setting === undefined || value === undefined) continue;
    const [key, file = '/etc/ecs/ecs.config'] = setting.source.replace(' of the agent', '').split(' in ');
    return { key, text: setting.text, value, file };
  }
  return undefined;
}
