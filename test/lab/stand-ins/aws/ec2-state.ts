/** What EC2 has in one region, as far as `plan` asks for it. */
export interface Ec2State {
  vpcs: VpcState[];
  subnets: SubnetState[];
  endpoints: EndpointState[];
  groups: GroupState[];
  routeTables: RouteTableState[];
  natGateways: { id: string; vpcId: string; subnetId?: string; regional?: boolean }[];
  /** Endpoint services that the region offers. */
  services: { name: string; types: ('Interface' | 'Gateway')[]; zones: string[]; privateName?: string }[];
  instances: { id: string; vpcId: string; subnetId: string; groupIds: string[] }[];
  /** `domain-name-servers` by DHCP options. */
  dhcpOptions: Record<string, string[]>;
  /** Private hosted zones by VPC (Route 53). */
  hostedZones: Record<string, { name: string; owningAccount?: string; owningService?: string }[]>;
}

export interface VpcState {
  id: string;
  owner: string;
  dhcpOptionsId: string;
  enableDnsSupport: boolean;
  enableDnsHostnames: boolean;
}

export interface SubnetState {
  id: string;
  vpcId: string;
  zone: string;
  cidr: string;
  free: number;
}

export interface EndpointState {
  id: string;
  vpcId: string;
  serviceName: string;
  type: 'Interface' | 'Gateway';
  state: string;
  privateDns: boolean;
  subnetIds: string[];
  groupIds: string[];
  routeTableIds: string[];
  policy: string;
  /** Default `ipv4`. */
  ipAddressType?: 'ipv4' | 'dualstack' | 'ipv6';
}

export interface GroupState {
  id: string;
  vpcId: string;
  /** Sources of TCP 443. */
  cidrs: string[];
  groupIds: string[];
}

export interface RouteTableState {
  id: string;
  vpcId: string;
  main: boolean;
  subnetIds: string[];
  /** Targets by destination. */
  routes: Record<string, string>;
}

/** The policy that an endpoint has where nobody gave it another. */
export const fullAccess = JSON.stringify({
  Statement: [{ Action: '*', Effect: 'Allow', Principal: '*', Resource: '*' }],
});

export const theVpc = 'vpc-0a1b2c3d4e5f60718';

const region = 'us-east-1';

export const offered = [
  ...['ecs-agent', 'ecs-telemetry', 'ecs', 'ecr.api', 'ecr.dkr', 'logs', 'secretsmanager', 'kms', 'ssm'],
  ...['ssmmessages', 'ec2messages'],
];

/**
 * A VPC as many are: three zones, container instances in private subnets behind a NAT gateway each, no endpoint.
 * The private subnets are subnet-0000000000000000a to c.
 */
export function vpcWithNat(owner: string): Ec2State {
  const letters = ['a', 'b', 'c'];
  return {
    vpcs: [
      {
        id: theVpc,
        owner,
        dhcpOptionsId: 'dopt-0a1b2c3d4e5f60718',
        enableDnsSupport: true,
        enableDnsHostnames: true,
      },
    ],
    subnets: letters.flatMap((letter, index) => [
      {
        id: privateSubnet(letter),
        vpcId: theVpc,
        zone: `${region}${letter}`,
        cidr: `10.0.${index}.0/24`,
        free: 200,
      },
      {
        id: `subnet-1000000000000000${letter}`,
        vpcId: theVpc,
        zone: `${region}${letter}`,
        cidr: `10.0.${100 + index}.0/24`,
        free: 240,
      },
    ]),
    endpoints: [],
    groups: [],
    routeTables: [
      {
        id: 'rtb-0000000000000000f',
        vpcId: theVpc,
        main: true,
        subnetIds: [],
        routes: { '0.0.0.0/0': 'igw-0000000000000000f' },
      },
      ...letters.map((letter) => ({
        id: `rtb-0000000000000000${letter}`,
        vpcId: theVpc,
        main: false,
        subnetIds: [privateSubnet(letter)],
        routes: { '0.0.0.0/0': `nat-0000000000000000${letter}` },
      })),
    ],
    natGateways: letters.map((letter) => ({
      id: `nat-0000000000000000${letter}`,
      vpcId: theVpc,
      subnetId: `subnet-1000000000000000${letter}`,
    })),
    services: [
      ...offered.map((service) => ({
        name: `com.amazonaws.${region}.${service}`,
        types: ['Interface' as const],
        zones: letters.map((letter) => `${region}${letter}`),
      })),
      {
        name: `com.amazonaws.${region}.s3`,
        types: ['Gateway' as const],
        zones: letters.map((letter) => `${region}${letter}`),
      },
      {
        name: `com.amazonaws.${region}.s3`,
        types: ['Interface' as const],
        zones: letters.map((letter) => `${region}${letter}`),
      },
    ],
    instances: [],
    dhcpOptions: { 'dopt-0a1b2c3d4e5f60718': ['AmazonProvidedDNS'] },
    hostedZones: {},
  };
}

export function privateSubnet(letter: string): string {
  return `subnet-0000000000000000${letter}`;
}
