/** One network interface of the simulated instance. */
export interface ImdsInterface {
  readonly mac: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly vpcIpv4CidrBlocks: readonly string[];
  readonly vpcIpv6CidrBlocks: readonly string[];
}

export interface InstanceRole {
  readonly name: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** What the stand-in tells of its instance. The first interface is the primary one. */
export interface ImdsInstance {
  readonly instanceId: string;
  readonly accountId: string;
  readonly region: string;
  readonly availabilityZone: string;
  readonly suffix: string;
  readonly partition: string;
  readonly interfaces: readonly ImdsInterface[];
  /** e.g. `InService`; undefined outside an Auto Scaling group. */
  readonly targetLifecycleState: string | undefined;
  /** Its role with the credentials that IMDS gives; undefined for an instance without one. */
  readonly role: InstanceRole | undefined;
  readonly spotAction: { readonly action: string; readonly time: string } | undefined;
}

export const exampleInstance: ImdsInstance = {
  instanceId: 'i-0a1b2c3d4e5f60718',
  accountId: '123456789012',
  region: 'us-east-1',
  availabilityZone: 'us-east-1a',
  suffix: 'amazonaws.com',
  partition: 'aws',
  interfaces: [
    {
      mac: '0e:49:61:0f:c3:11',
      vpcId: 'vpc-0f1e2d3c4b5a69788',
      subnetId: 'subnet-0a9b8c7d6e5f40312',
      vpcIpv4CidrBlocks: ['10.0.0.0/16'],
      vpcIpv6CidrBlocks: [],
    },
  ],
  targetLifecycleState: undefined,
  role: undefined,
  spotAction: undefined,
};

/** The body at a path below `/latest/`, or undefined for 404. A missing or empty item is 404, as on EC2. */
export function imdsItem(instance: ImdsInstance, path: string): string | undefined {
  const item = items(instance)[path.replace(/\/$/, '')];
  return item === '' ? undefined : item;
}

function items(instance: ImdsInstance): Record<string, string | undefined> {
  return {
    'meta-data/instance-id': instance.instanceId,
    'meta-data/mac': instance.interfaces[0]?.mac,
    'meta-data/placement/region': instance.region,
    'meta-data/placement/availability-zone': instance.availabilityZone,
    'meta-data/services/domain': instance.suffix,
    'meta-data/services/partition': instance.partition,
    'meta-data/autoscaling/target-lifecycle-state': instance.targetLifecycleState,
    'meta-data/spot/instance-action': instance.spotAction && JSON.stringify(instance.spotAction),
    ...roleItems(instance.role),
    'meta-data/network/interfaces/macs': instance.interfaces.map(({ mac }) => `${mac}/`).join('\n'),
    'dynamic/instance-identity/document': JSON.stringify({
      accountId: instance.accountId,
      availabilityZone: instance.availabilityZone,
      instanceId: instance.instanceId,
      region: instance.region,
      version: '2017-09-30',
    }),
    ...Object.assign({}, ...instance.interfaces.map(interfaceItems)),
  };
}

/** For a test that gives the instance one. */
export const instanceRole = {
  name: 'ecsInstanceRole',
  accessKeyId: 'ASIALABLABLABLAB1234',
  secretAccessKey: 'lab/secret+access/key+of/the/instance/role',
  sessionToken: 'lab-session-token-of-the-instance-role',
} as const satisfies InstanceRole;

function roleItems(role: InstanceRole | undefined): Record<string, string> {
  if (role === undefined) return {};
  const base = 'meta-data/iam/security-credentials';
  return {
    [base]: role.name,
    [`${base}/${role.name}`]: JSON.stringify({
      Code: 'Success',
      Type: 'AWS-HMAC',
      LastUpdated: new Date().toISOString(),
      AccessKeyId: role.accessKeyId,
      SecretAccessKey: role.secretAccessKey,
      Token: role.sessionToken,
      Expiration: new Date(Date.now() + 6 * 3_600_000).toISOString(),
    }),
  };
}

function interfaceItems(networkInterface: ImdsInterface): Record<string, string> {
  const base = `meta-data/network/interfaces/macs/${networkInterface.mac}`;
  return {
    [`${base}/vpc-id`]: networkInterface.vpcId,
    [`${base}/subnet-id`]: networkInterface.subnetId,
    [`${base}/vpc-ipv4-cidr-block`]: networkInterface.vpcIpv4CidrBlocks[0] ?? '',
    [`${base}/vpc-ipv4-cidr-blocks`]: networkInterface.vpcIpv4CidrBlocks.join('\n'),
    [`${base}/vpc-ipv6-cidr-blocks`]: networkInterface.vpcIpv6CidrBlocks.join('\n'),
  };
}
