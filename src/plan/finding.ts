import type { Step } from './step.ts';

/**
 * Something that was found. What is missing always has the step that brings it, or says in words why none can; `unseen`
 * and `note` never count as missing.
 */
export type Finding =
  | {
      readonly kind: 'missing';
      readonly code: FindingCode;
      readonly message: string;
      readonly steps: readonly Step[];
    }
  | {
      readonly kind: 'unseen';
      readonly code: FindingCode;
      readonly message: string;
      /** The permission without which it cannot be seen. */
      readonly permission: string | undefined;
    }
  | { readonly kind: 'note'; readonly code: FindingCode; readonly message: string };

/** What each finding means; the codes are public, in the JSON and docs/plan.md. */
export const findingCodes = {
  'vpc-dns-support-off': 'The VPC’s resolver is switched off: no private DNS name can answer.',
  'vpc-dns-hostnames-off': 'Private DNS names of endpoints need DNS hostnames in the VPC.',
  'vpc-dns-unseen': 'Whether the VPC’s DNS is on cannot be seen.',
  'custom-dns':
    'The VPC’s DHCP options name DNS servers of one’s own; they must forward to the VPC’s resolver.',
  'dhcp-options-unseen': 'Which DNS servers the VPC’s DHCP options name cannot be seen.',
  'vpc-shared': 'The VPC is another account’s, whose endpoints nobody else can see.',
  'endpoints-unseen': 'The VPC’s endpoints cannot be seen.',
  'endpoint-missing': 'There is no endpoint for the service.',
  'endpoint-elsewhere':
    'A private hosted zone answers for the service’s name, as where a hub’s endpoints serve several VPCs.',
  'endpoint-perhaps-elsewhere':
    'The VPC leads to other networks, and whether a hub’s endpoint serves it cannot be seen.',
  'endpoint-not-available': 'The endpoint is there and does not work (yet).',
  'endpoint-not-offered': 'The region offers no such endpoint service.',
  'private-dns-off': 'The endpoint is there, and the service’s name still leads to the public one.',
  'zone-missing': 'The endpoint has no network interface in a zone from which it is used.',
  'address-type-differs':
    'The endpoint has IPv4 addresses only and is used from a subnet without IPv4, or the other way round.',
  'zone-not-offered': 'The service is not offered in a zone from which it is used; other zones serve it.',
  'zones-unseen': 'Which zones the endpoint is in, or is used from, cannot be seen.',
  'subnet-full': 'A subnet has fewer free addresses than endpoints are to be created in it.',
  'security-group-closed': 'The endpoint’s security groups do not let a subnet in on TCP 443.',
  'security-group-unseen': 'Whether the endpoint’s security groups let a subnet in cannot be seen.',
  'policy-denies': 'The endpoint’s policy does not let calls through that are needed.',
  'policy-unclear': 'Whether the endpoint’s policy lets calls through depends on what nobody can see here.',
  'route-table-missing': 'The gateway endpoint is not in the route table of a subnet.',
  'route-tables-unseen': 'Which route tables the subnets follow cannot be seen.',
  'ecs-before-agent':
    'The `ecs` endpoint answers while the other two do not: not the order that AWS recommends.',
  'tasks-unseen': 'What the tasks need cannot be seen.',
  'instances-unseen': 'Where the container instances are cannot be seen.',
  'instances-none': 'No container instance was seen in the VPC.',
} as const satisfies Record<string, string>;

export type FindingCode = keyof typeof findingCodes;

export function missing(code: FindingCode, message: string, ...steps: readonly Step[]): Finding {
  return { kind: 'missing', code, message, steps };
}

export function unseen(code: FindingCode, message: string, permission?: string): Finding {
  return { kind: 'unseen', code, message, permission };
}

export function note(code: FindingCode, message: string): Finding {
  return { kind: 'note', code, message };
}
