import type { VpcDescription } from '../../ec2/ec2-reading.ts';
import type { EndpointName } from '../../endpoints/endpoint-names.ts';
import type { InstanceFacts } from '../../instance/instance-observation.ts';
import { requiredServices } from '../../settings/endpoint-services.ts';
import { createEndpoint, enablePrivateDns, showEndpoint } from '../aws-commands.ts';
import type { Check, Outcome } from '../check.ts';
import { type Findings, fail, found, ofEndpoint, passed, skip, warn } from '../finding.ts';
import { ec2Skipped, ec2Skips } from './ec2-skipped.ts';

const findings = {
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
} satisfies Findings;

export const ec2EndpointsCheck = {
  name: 'ec2-endpoints',
  title:
    'EC2 API: the endpoints exist, are available, have private DNS, a zone in common, no restrictive policy',
  findings,
  onlyWith: 'ec2',
  needs: ['observation', 'ec2'],
  run: async (host) => {
    const reading = await host.ec2();
    if (reading.kind === 'skipped') return ec2Skipped(reading);
    const seen = (await host.observation()).endpoints?.endpoints ?? [];
    const privateServices = seen.filter((one) => one.class === 'private').map((one) => one.service);
    const { facts } = (await host.observation()).instance;
    const outcomes = (await host.names()).map((name) =>
      ofEndpoint(name.service, judge(name, reading, facts, privateServices.includes(name.service))),
    );
    const order = ['fail', 'warn', 'skip'] as const;
    const worst = order.map((status) => outcomes.find((one) => one.status === status)).find((one) => one);
    return worst ?? passed(reading.endpoints.map(({ id }) => id).join(', '));
  },
} satisfies Check;

function judge(
  { serviceName, service }: EndpointName,
  reading: VpcDescription,
  facts: InstanceFacts | undefined,
  isPrivate: boolean,
): Outcome {
  const all = reading.endpoints.filter((endpoint) => endpoint.serviceName === serviceName);
  const endpoint = all.find(({ state }) => state === 'available') ?? all[0];
  const values = { region: facts?.region, vpcId: facts?.vpcId, subnetId: facts?.subnetId, serviceName };
  if (endpoint === undefined) {
    return isPrivate
      ? found(findings, 'ec2-hub', `${service}: none in ${facts?.vpcId}, yet private by DNS`)
      : found(findings, 'ec2-endpoint-missing', `${facts?.vpcId} has no ${serviceName}`, values);
  }
  const { id, state, privateDns, ownPolicy } = endpoint;
  if (state !== 'available') {
    return found(findings, 'ec2-endpoint-not-available', `${id} (${service}) is ${state}`, { ...values, id });
  }
  if (!privateDns && !isPrivate) {
    return found(findings, 'ec2-private-dns-off', `${id} (${service}) has private DNS names off`, {
      ...values,
      id,
    });
  }
  const zone = facts?.availabilityZone;
  const zones = reading.subnets
    .filter((subnet) => endpoint.subnetIds.includes(subnet.id))
    .map((subnet) => subnet.zone);
  if (zone !== undefined && zones.length > 0 && !zones.includes(zone)) {
    const where = `${id} (${service}) is in ${zones.join(', ')}, this instance in ${zone}`;
    return found(findings, 'ec2-endpoint-other-zone', where, { ...values, id, zone });
  }
  if (ownPolicy) {
    return found(findings, 'ec2-endpoint-policy', `${id} (${service}) has a policy of its own`, {
      ...values,
      id,
    });
  }
  return passed(id);
}
