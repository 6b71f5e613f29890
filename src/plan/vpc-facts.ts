import type { TaskNeeds } from './task-needs.ts';

/**
 * What one question to AWS brought. That it cannot be seen (no permission, a VPC of another account) is an answer: what
 * rests on it is unknown, and nothing of it is called missing.
 */
export type Seen<Value> =
  | { readonly kind: 'seen'; readonly value: Value }
  | {
      readonly kind: 'unseen';
      /** In words, without a full stop. */
      readonly why: string;
      /** e.g. `ec2:DescribeNatGateways`, where that is what is missing. */
      readonly permission?: string;
    };

export interface EndpointFacts {
  readonly id: string;
  /** e.g. `com.amazonaws.us-east-1.ecs-agent` */
  readonly serviceName: string;
  readonly type: 'Interface' | 'Gateway';
  /** Lower case: `available`, `pending`, `pendingacceptance`, `failed`, … */
  readonly state: string;
  readonly privateDns: boolean;
  /** What addresses its network interfaces have (IpAddressType); a gateway has none. */
  readonly addressType: 'ipv4' | 'dualstack' | 'ipv6';
  readonly subnetIds: readonly string[];
  readonly groupIds: readonly string[];
  /** Those of a gateway endpoint. */
  readonly routeTableIds: readonly string[];
  /** The policy document; undefined where EC2 tells none. */
  readonly policy: string | undefined;
}

export interface SubnetFacts {
  readonly id: string;
  /** Name of the availability zone as this account knows it, e.g. `us-east-1a`. */
  readonly zone: string;
  /** IPv4, or the IPv6 blocks of one that has no IPv4. */
  readonly cidrs: readonly string[];
  /** Has IPv6 blocks beside IPv4. */
  readonly dualStack: boolean;
  readonly freeAddresses: number;
  /** The account that has it, which is the VPC's. */
  readonly owner: string | undefined;
}

/** What a security group lets in on TCP 443. */
export interface GroupFacts {
  readonly id: string;
  readonly cidrs: readonly string[];
  readonly groupIds: readonly string[];
  readonly prefixLists: readonly string[];
}

export interface RouteTableFacts {
  readonly id: string;
  readonly main: boolean;
  /** Subnets with an association of their own; all others follow the main table. */
  readonly subnetIds: readonly string[];
  /** Where 0.0.0.0/0 leads: the id of a NAT or internet gateway, a transit gateway, …; undefined where there is no such route. */
  readonly defaultRoute: string | undefined;
  /** Transit gateways, peerings, virtual private gateways and core networks that any route leads to. */
  readonly otherNetworks: readonly string[];
}

export interface NatGatewayFacts {
  readonly id: string;
  /** One of the whole VPC, which has no subnet and follows the zones that are in use. */
  readonly regional: boolean;
  readonly subnetId: string | undefined;
}

/** What a region offers of one endpoint service. */
export interface OfferFacts {
  readonly serviceName: string;
  readonly type: 'Interface' | 'Gateway';
  readonly zones: readonly string[];
  /** The private DNS names that an endpoint takes over; ECR's begins with `*.`. */
  readonly privateNames: readonly string[];
}

export interface InstanceFacts {
  /** Of EC2, e.g. `i-0123456789abcdef0`. */
  readonly id: string;
  readonly subnetId: string;
  /** Its security groups; undefined where EC2 does not tell them. */
  readonly groupIds: readonly string[] | undefined;
  /** What ECS says of its agent. */
  readonly connected: boolean;
}

/** Everything that a plan is made from. */
export interface VpcFacts {
  readonly region: string;
  /** e.g. `aws-cn` */
  readonly partition: string;
  /** e.g. `amazonaws.com.cn` */
  readonly suffix: string;
  readonly vpcId: string;
  /** The account that asks, and the one that owns the VPC; undefined where it is not known. */
  readonly account: string | undefined;
  readonly owner: string | undefined;
  /** Names of the clusters that were looked at. */
  readonly clusters: readonly string[];
  readonly dnsSupport: Seen<boolean>;
  readonly dnsHostnames: Seen<boolean>;
  /** `domain-name-servers` of the DHCP options; `AmazonProvidedDNS` is the VPC's own resolver. */
  readonly nameservers: Seen<readonly string[]>;
  readonly subnets: Seen<readonly SubnetFacts[]>;
  readonly endpoints: Seen<readonly EndpointFacts[]>;
  readonly groups: Seen<readonly GroupFacts[]>;
  readonly routeTables: Seen<readonly RouteTableFacts[]>;
  readonly natGateways: Seen<readonly NatGatewayFacts[]>;
  readonly offers: Seen<readonly OfferFacts[]>;
  /** Private hosted zones that are associated with the VPC, of whatever account; without a final dot. */
  readonly privateZones: Seen<readonly string[]>;
  /** Container instances of those clusters that are in this VPC. */
  readonly instances: Seen<readonly InstanceFacts[]>;
  readonly needs: Seen<TaskNeeds>;
}

export function seen<Value>(value: Value): Seen<Value> {
  return { kind: 'seen', value };
}

/** The value, or another where it could not be seen. */
export function seenOr<Value, Other>(reading: Seen<Value>, other: Other): Value | Other {
  return reading.kind === 'seen' ? reading.value : other;
}

/** The VPC is another account's: its owner alone sees the endpoints and NAT gateways in it. */
export function isShared({ account, owner }: VpcFacts): boolean {
  return account !== undefined && owner !== undefined && account !== owner;
}
