import { endpointServices } from '../settings/endpoint-services.ts';

/** One for each endpoint. */
export const endpointCheckNames = endpointServices.map((service) => `endpoint-${service}` as const);

/**
 * The checks of `doctor`, from what the others rest on to what follows from it. Names are public: never renamed. Each
 * stands in the file of checks/ that is named after it; `npm run docs` writes by-name.ts, which imports them.
 */
export const checkNames = [
  'imds',
  'region-and-suffix',
  'vpc-cidrs',
  'instance-lifecycle',
  'clock',
  'docker-engine',
  'hosts-file',
  'dns-host-view',
  'judged-by',
  'dns-vpc-view',
  'ec2-vpc-dns',
  'ec2-endpoints',
  'ec2-security-groups',
  'endpoints-complete',
  ...endpointCheckNames,
  'ecs-service',
  'agent-container',
  'agent-settings',
  'agent-resolv-conf',
  'introspection',
  'preflight',
  'supervisor',
  'credential-nat-rules',
  'state-dir',
  'daemon',
  'agent-path',
  'task-endpoints',
] as const;

export type CheckName = (typeof checkNames)[number];
