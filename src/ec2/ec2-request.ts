import * as v from 'valibot';

/** What the EC2 API is asked about, as JSON on the child's standard input. */
export const ec2RequestSchema = v.object({
  region: v.string(),
  vpcId: v.string(),
  subnetId: v.optional(v.string()),
  /** The three services, e.g. `com.amazonaws.us-east-1.ecs-agent`. */
  serviceNames: v.array(v.string()),
});

export type Ec2Request = v.InferOutput<typeof ec2RequestSchema>;

/** What the child says once it is loaded, before its reading; no part of JSON. */
export const ready = '\n';
