import type { Problem } from '../kit/problem.ts';
import type { ImdsClient } from './imds-client.ts';
import { type ImdsItem, imdsItems, interfaceItems, readItem } from './imds-items.ts';
import { imdsNoRegion } from './imds-problems.ts';
import type { InstanceFacts } from './instance-observation.ts';
import { type Partition, partitionOfRegion } from './partitions.ts';
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
 * The facts that follow from what is known, or undefined while the region is not. Suffix and partition follow from the
 * region's name, as for the AWS SDK in the agent; what IMDS says of them is held against that.
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
  const doubt =
    region === imdsRegion && overrides.suffix === undefined
      ? contradiction(known, region, byName)
      : undefined;
  return {
    instanceId: known.get('instanceId'),
    region,
    imdsRegion,
    suffix: overrides.suffix ?? byName.suffix,
    partition: byName.partition,
    availabilityZone: known.get('availabilityZone'),
    vpcId: known.get('vpcId'),
    subnetId: known.get('subnetId'),
    vpcCidrs: network?.vpcCidrs ?? [],
    ipv6Only: network?.ipv6Only ?? false,
    ...(doubt !== undefined && { doubt }),
  };
}

/** What IMDS says of its own region that is not so in that region's partition, in words. */
function contradiction(known: KnownItems, region: string, byName: Partition): string | undefined {
  const { domain = byName.suffix, partition = byName.partition } = {
    domain: known.get('domain'),
    partition: known.get('partition'),
  };
  if (domain === byName.suffix && partition === byName.partition) return undefined;
  return (
    `domain ${domain} and partition ${partition} for ${region}, which is a region of ${byName.partition} ` +
    `with the domain ${byName.suffix}`
  );
}

/**
 * Asks for the items that `known` lacks and adds them; an item that IMDS does not have is added as undefined
 * and so not asked for again. The region is asked for until it is known, unless it is not `regionNeeded`.
 * Returns the first text that was wrong, as a problem; the other items are read all the same.
 * @throws ImdsError when IMDS itself fails; what was learned until then is kept
 */
export async function learnStaticItems(
  imds: ImdsClient,
  known: Map<StaticItem, string | undefined>,
  regionNeeded: boolean,
  signal: AbortSignal,
): Promise<Problem | undefined> {
  let wrong: Problem | undefined;

  async function learn(name: StaticItem, item: ImdsItem<string>): Promise<void> {
    if (known.has(name)) return;
    const reading = await readItem(imds, item, signal);
    if (reading.ok) known.set(name, reading.value);
    else wrong ??= reading.problem;
  }

  async function learnRegion(): Promise<void> {
    if (known.has('region')) return;
    await learn('region', imdsItems.region);
    if (known.get('region') === undefined) {
      known.delete('region');
      await learn('region', imdsItems.identityRegion);
    }
    if (known.get('region') === undefined && regionNeeded) {
      known.delete('region');
      wrong ??= imdsNoRegion();
    }
  }

  await learnRegion();
  for (const name of ['domain', 'partition', 'instanceId', 'availabilityZone', 'mac'] as const) {
    await learn(name, imdsItems[name]);
  }
  const mac = known.get('mac');
  if (mac !== undefined) {
    const { vpcId, subnetId } = interfaceItems(mac);
    await learn('vpcId', vpcId);
    await learn('subnetId', subnetId);
  }
  return wrong;
}
