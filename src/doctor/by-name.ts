// Written by `npm run docs` from order.ts: a check is the constant named after it in the file named after it.
import { agentContainerCheck } from './checks/agent-container.ts';
import { agentPathCheck } from './checks/agent-path.ts';
import { agentResolvConfCheck } from './checks/agent-resolv-conf.ts';
import { agentSettingsCheck } from './checks/agent-settings.ts';
import { clockCheck } from './checks/clock.ts';
import { credentialNatRulesCheck } from './checks/credential-nat-rules.ts';
import { daemonCheck } from './checks/daemon.ts';
import { dnsHostViewCheck } from './checks/dns-host-view.ts';
import { dnsVpcViewCheck } from './checks/dns-vpc-view.ts';
import { dockerEngineCheck } from './checks/docker-engine.ts';
import { ec2EndpointsCheck } from './checks/ec2-endpoints.ts';
import { ec2SecurityGroupsCheck } from './checks/ec2-security-groups.ts';
import { ec2VpcDnsCheck } from './checks/ec2-vpc-dns.ts';
import { ecsServiceCheck } from './checks/ecs-service.ts';
import { endpointCheck } from './checks/endpoint.ts';
import { endpointsCompleteCheck } from './checks/endpoints-complete.ts';
import { hostsFileCheck } from './checks/hosts-file.ts';
import { imdsCheck } from './checks/imds.ts';
import { instanceLifecycleCheck } from './checks/instance-lifecycle.ts';
import { introspectionCheck } from './checks/introspection.ts';
import { judgedByCheck } from './checks/judged-by.ts';
import { preflightCheck } from './checks/preflight.ts';
import { regionAndSuffixCheck } from './checks/region-and-suffix.ts';
import { stateDirCheck } from './checks/state-dir.ts';
import { supervisorCheck } from './checks/supervisor.ts';
import { taskEndpointsCheck } from './checks/task-endpoints.ts';
import { vpcCidrsCheck } from './checks/vpc-cidrs.ts';

/** All checks; that of an endpoint is made for each. */
export const byName = {
  imds: imdsCheck,
  'region-and-suffix': regionAndSuffixCheck,
  'vpc-cidrs': vpcCidrsCheck,
  'instance-lifecycle': instanceLifecycleCheck,
  clock: clockCheck,
  'docker-engine': dockerEngineCheck,
  'hosts-file': hostsFileCheck,
  'dns-host-view': dnsHostViewCheck,
  'judged-by': judgedByCheck,
  'dns-vpc-view': dnsVpcViewCheck,
  'ec2-vpc-dns': ec2VpcDnsCheck,
  'ec2-endpoints': ec2EndpointsCheck,
  'ec2-security-groups': ec2SecurityGroupsCheck,
  'endpoints-complete': endpointsCompleteCheck,
  'endpoint-ecs-agent': endpointCheck('ecs-agent'),
  'endpoint-ecs-telemetry': endpointCheck('ecs-telemetry'),
  'endpoint-ecs': endpointCheck('ecs'),
  'ecs-service': ecsServiceCheck,
  'agent-container': agentContainerCheck,
  'agent-settings': agentSettingsCheck,
  'agent-resolv-conf': agentResolvConfCheck,
  introspection: introspectionCheck,
  preflight: preflightCheck,
  supervisor: supervisorCheck,
  'credential-nat-rules': credentialNatRulesCheck,
  'state-dir': stateDirCheck,
  daemon: daemonCheck,
  'agent-path': agentPathCheck,
  'task-endpoints': taskEndpointsCheck,
};
