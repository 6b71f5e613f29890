import { endpointServices } from '../../../../src/settings/endpoint-services.ts';

import { customDns, type Fault, privateAddresses, setPort, vpc, withdraw } from './scene.ts';

export const seedFaults: readonly Fault[] = [
  {
    name: 'no endpoint exists',
    produce: (scene) => withdraw(scene, ...endpointServices),
    cause: 'endpoints-complete',
    code: 'endpoints-missing',
    advice: new RegExp(`create-vpc-endpoint --region us-east-1 --vpc-id ${vpc}.*--private-dns-enabled`),
  },
  {
    name: 'the third endpoint is missing',
    produce: (scene) => withdraw(scene, 'ecs'),
    cause: 'endpoints-complete',
    code: 'endpoints-missing',
    advice: /--service-name com\.amazonaws\.us-east-1\.ecs /,
  },
  {
    name: 'one endpoint in the middle is missing',
    produce: (scene) => withdraw(scene, 'ecs-telemetry'),
    cause: 'endpoints-complete',
    code: 'endpoints-out-of-order',
    advice:
      /com\.amazonaws\.us-east-1\.ecs-telemetry now.*--service-name com\.amazonaws\.us-east-1\.ecs-telemetry/,
  },
  {
    name: 'only the ecs endpoint exists: the wrong order',
    produce: (scene) => withdraw(scene, 'ecs-agent', 'ecs-telemetry'),
    cause: 'endpoints-complete',
    code: 'endpoints-out-of-order',
    advice: /com\.amazonaws\.us-east-1\.ecs-agent, com\.amazonaws\.us-east-1\.ecs-telemetry now/,
  },
  {
    name: 'the endpoints are looked for in another region',
    produce: async () => ({ region: 'eu-west-1' }),
    cause: 'region-and-suffix',
    code: 'region-differs',
    advice:
      /Remove ECS_PRIVATELINKD_REGION=eu-west-1 \(it comes from: environment ECS_PRIVATELINKD_REGION\).*us-east-1/,
  },
  {
    name: 'a custom DNS server does not forward to the VPC resolver',
    produce: (scene) => customDns(scene, { addresses: ['198.51.100.10'] }),
    cause: 'dns-vpc-view',
    code: 'custom-dns-not-forwarding',
    advice:
      /On 10\.0\.0\.53 forward ecs-a\.us-east-1.*server=\/ecs-a\.us-east-1\.amazonaws\.com\/169\.254\.169\.253/,
  },
  {
    name: 'the security group of all endpoints is closed',
    produce: (scene) => setPort(scene, 'blackhole', privateAddresses(scene)),
    cause: 'endpoint-ecs-agent',
    code: 'endpoint-tcp-timeout',
    advice:
      /security group.*authorize-security-group-ingress --region us-east-1 --group-id GROUP_ID --protocol tcp --port 443/,
  },
  {
    name: 'the security group of one endpoint is closed',
    produce: (scene) =>
      setPort(scene, 'blackhole', scene.host.lab.topology.privateAddresses['ecs-telemetry']),
    cause: 'endpoint-ecs-telemetry',
    code: 'endpoint-tcp-timeout',
    advice: /com\.amazonaws\.us-east-1\.ecs-telemetry.*authorize-security-group-ingress/,
  },
];
