import type { VpcDescription } from '../../ec2/ec2-reading.ts';
import type { EndpointName } from '../../endpoints/endpoint-names.ts';
import type { InstanceFacts } from '../../instance/instance-observation.ts';
import { requiredServices } from '../../settings/endpoint-services.ts';
import { createEndpoint, enablePrivateDns, showEndpoint } from '../aws-commands.ts';
import { check } from '../check.ts';
import { fail, found, passed, skip, warn } from '../finding.ts';
import { ec2Skipped, ec2Skips } from './ec2-skipped.ts';

export const ec2EndpointsCheck = check({
  name: 'ec2-endpoints',
  title:
    'EC2 API: the endpoints exist, are available, have private DNS, a zone in common, no restrictive policy',
  findings: {
    ...ec2Skips,
    'ec2-endpoint-missing': fail(
      'There is no endpoint for the service in this VPC, and its name is not private here by other means.',
      `${createEndpoint}. Order: ${requiredServices.join(', ')}.`,
    ),
    'ec2-endpoint-not-available': fail(
      'An endpoint works, and its private DNS names answer, only once its state is `available`.',
      `Wait if it is \`pending\`. Else see ${showEndpoint('LastError')}, and create it anew.`,
    ),
    'ec2-private-dns-off': fail(
      'The endpoint exists, but the agent’s name for the service still leads to the public one.',
      `${enablePrivateDns}. DNS follows within a minute.`,
    ),
    'ec2-hub': skip(
      'The names are private although this VPC has no such endpoints: they are those of another VPC (a hub) or ' +
        'account, and DescribeVpcEndpoints does not show these from here.',
      'Nothing to do here; look at them in the hub’s account.',
    ),
    'ec2-endpoint-other-zone': warn(
      'It works from another zone, with cross-zone charges and latency; if that zone fails, this instance loses its ' +
        'control plane too.',
      '`aws ec2 modify-vpc-endpoint --region {region} --vpc-endpoint-id {id} --add-subnet-ids {subnetId}` (or any ' +
        'subnet in {zone}).',
    ),
    'ec2-endpoint-policy': warn(
      'The endpoint has a policy of its own. If it does not allow what the agent calls, the agent fails to register ' +
        'although everything can be reached.',
      'It must allow ecs:DiscoverPollEndpoint, ecs:Poll, ecs:RegisterContainerInstance, ecs:StartTelemetrySession, ' +
        `ecs:Submit* and ecs:UpdateContainerInstancesState. See it: ${showEndpoint('PolicyDocument')}.`,
    ),
  },
  onlyWith: 'ec2',
  needs: ['observation', 'ec2'],
  run: async (host) => {
    const reading = await host.ec2();
    if (reading.kind === 'skipped') return ec2Skipped(reading);
    const seen = (await host.observation()).endpoints?.endpoints ?? [];
    const privateServices = seen.filter((one) => one.class === 'private').map((one) => one.service);
    const { facts } = (await host.observation()).instance;
    return [
      passed(reading.endpoints.map(({ id }) => id).join(', ')),
      ...(await host.names()).map((name) => ({
        ...judge(name, reading, facts, privateServices.includes(name.service)),
        service: name.service,
      })),
    ];
  },
});

function judge(
  { serviceName, service }: EndpointName,
  reading: VpcDescription,
  facts: InstanceFacts | undefined,
  isPrivate: boolean,
) {
  const all = reading.endpoints.filter((endpoint) => endpoint.serviceName === serviceName);
  const endpoint = all.find(({ state }) => state === 'available') ?? all[0];
  if (endpoint === undefined) {
    return isPrivate
      ? found('ec2-hub', `${service}: none in ${facts?.vpcId}, yet private by DNS`)
      : found('ec2-endpoint-missing', `${facts?.vpcId} has no ${serviceName}`, { serviceName });
  }
  const { id, state, privateDns, ownPolicy } = endpoint;
  if (state !== 'available') {
    return found('ec2-endpoint-not-available', `${id} (${service}) is ${state}`, { id });
  }
  if (!privateDns && !isPrivate) {
    return found('ec2-private-dns-off', `${id} (${service}) has private DNS names off`, { id });
  }
  const zone = facts?.availabilityZone;
  const zones = reading.subnets
    .filter((subnet) => endpoint.subnetIds.includes(subnet.id))
    .map((subnet) => subnet.zone);
  if (zone !== undefined && zones.length > 0 && !zones.includes(zone)) {
    const where = `${id} (${service}) is in ${zones.join(', ')}, this instance in ${zone}`;
    return found('ec2-endpoint-other-zone', where, { id, zone });
  }
  if (ownPolicy) {
    return found('ec2-endpoint-policy', `${id} (${service}) has a policy of its own`, { id });
  }
  return passed(id);
}
