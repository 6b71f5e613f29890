import type { Ages } from '../kit/age.ts';
import type { Problem } from '../kit/problem.ts';

/** What is asked of IMDS more than once: the network interfaces with the VPC's blocks, and whether the instance is to go. */
export type InstanceSource = 'network' | 'lifecycle';

/** What is known of the container instance and its VPC, from IMDS or set by hand. */
export interface InstanceFacts {
  readonly instanceId: string | undefined;
  /** e.g. `us-east-1` */
  readonly region: string;
  /** The region IMDS names; differs from `region` only where that was set by hand. Undefined when not known. */
  readonly imdsRegion?: string | undefined;
  /** DNS suffix of the partition (IMDS `services/domain`), e.g. `amazonaws.com` */
  readonly suffix: string;
  /** e.g. `aws`, `aws-cn`, `aws-us-gov` */
  readonly partition: string;
  readonly availabilityZone: string | undefined;
  readonly vpcId: string | undefined;
  readonly subnetId: string | undefined;
  /** CIDR blocks of the VPC, IPv4 and IPv6, as IMDS lists them. Empty when not known. */
  readonly vpcCidrs: readonly string[];
  /** True when no network interface of the instance has an IPv4 block: the agent then uses dual-stack API names. */
  readonly ipv6Only: boolean;
  /** What IMDS says that contradicts the region that it names, in words; absent where nothing does, or the operator has decided. */
  readonly doubt?: string;
}

/** Why this instance may be about to go away; a restart of its agent would be pointless. */
export interface InstanceLifecycle {
  /** IMDS `autoscaling/target-lifecycle-state`, e.g. `InService`, `Terminated`; undefined outside an ASG. */
  readonly targetState: string | undefined;
  /** IMDS `spot/instance-action`, e.g. `terminate`; undefined when there is no notice. */
  readonly spotAction: string | undefined;
}

/** What one look at the instance gave. A problem beside facts means that the facts may be out of date. */
export interface InstanceObservation {
  readonly facts: InstanceFacts | undefined;
  readonly lifecycle: InstanceLifecycle;
  readonly problem: Problem | undefined;
  readonly ages: Ages<InstanceSource>;
}
