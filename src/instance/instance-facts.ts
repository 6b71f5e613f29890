import type { InstanceFacts } from './instance-observation.ts';
import { partitionOfRegion } from './partitions.ts';
import type { VpcNetwork } from './vpc-network.ts';

/** Items of IMDS that do not change while an instance runs. */
export type StaticItem =
  | 'instanceId'
  | 'region'
  | 'domain'
  | 'partition'
  | 'availabilityZone'
  | 'mac'
  | 'vpcId'
  | 'subnetId';

/** What IMDS told so far. A key with the value undefined: asked, and there is no such item. */
export type KnownItems = ReadonlyMap<StaticItem, string | undefined>;

/** Settings of the operator that win over IMDS. */
export interface InstanceOverrides {
  readonly region?: string | undefined;
  readonly suffix?: string | undefined;
}

/**
 * The facts that follow from what is known, or undefined while the region is not. IMDS speaks for its own
 * region only: for another one, set by hand, and where IMDS lacks the item, suffix and partition follow from
 * the region's name.
 */
export function instanceFacts(
  known: KnownItems,
  network: VpcNetwork | undefined,
  overrides: InstanceOverrides,
): InstanceFacts | undefined {
  const imdsRegion = known.get('region');
  const region = overrides.region ?? imdsRegion;
  if (region === undefined) return undefined;
  const byName = partitionOfRegion(region);
  const ofItsRegion = (item: 'domain' | 'partition') => (region === imdsRegion ? known.get(item) : undefined);
  return {
    instanceId: known.get('instanceId'),
    region,
    imdsRegion,
    suffix: overrides.suffix ?? ofItsRegion('domain') ?? byName.suffix,
    partition: ofItsRegion('partition') ?? byName.partition,
    availabilityZone: known.get('availabilityZone'),
    vpcId: known.get('vpcId'),
    subnetId: known.get('subnetId'),
    vpcCidrs: network?.vpcCidrs ?? [],
    ipv6Only: network?.ipv6Only ?? false,
  };
}
