import * as v from 'valibot';

const endpointSchema = v.object({
  id: v.string(),
  serviceName: v.string(),
  /** `available`, `pending`, `pendingAcceptance`, `failed`, … */
  state: v.string(),
  privateDns: v.boolean(),
  subnetIds: v.array(v.string()),
  groupIds: v.array(v.string()),
  /** Something other than the policy that allows everything. */
  ownPolicy: v.boolean(),
});

const groupSchema = v.object({
  id: v.string(),
  /** Inbound rules that let TCP 443 through. */
  from: v.object({
    cidrs: v.array(v.string()),
    groupIds: v.array(v.string()),
    prefixLists: v.array(v.string()),
  }),
});

const subnetSchema = v.object({
  id: v.string(),
  zone: v.string(),
  cidrs: v.array(v.string()),
});

/** What the EC2 API told of this VPC. Endpoints of other VPCs (a hub) and of other accounts are not in it. */
const vpcDescriptionSchema = v.object({
  kind: v.literal('told'),
  dnsSupport: v.boolean(),
  dnsHostnames: v.boolean(),
  endpoints: v.array(endpointSchema),
  groups: v.array(groupSchema),
  /** Those of the endpoints, and the instance's own. */
  subnets: v.array(subnetSchema),
});

/** Why nothing was told. */
const ec2SkipSchema = v.object({
  kind: v.literal('skipped'),
  code: v.picklist(['ec2-no-credentials', 'ec2-no-permission', 'ec2-no-route', 'ec2-failed']),
  why: v.string(),
});

export const ec2ReadingSchema = v.variant('kind', [vpcDescriptionSchema, ec2SkipSchema]);

export type VpcDescription = v.InferOutput<typeof vpcDescriptionSchema>;
export type Ec2Skip = v.InferOutput<typeof ec2SkipSchema>;
export type Ec2Reading = v.InferOutput<typeof ec2ReadingSchema>;

/** What the EC2 API is asked about, as JSON on the child's standard input. */
export const ec2RequestSchema = v.object({
  region: v.string(),
  vpcId: v.string(),
  subnetId: v.optional(v.string()),
  /** The three services, e.g. `com.amazonaws.us-east-1.ecs-agent`. */
  serviceNames: v.array(v.string()),
});

export type Ec2Request = v.InferOutput<typeof ec2RequestSchema>;
