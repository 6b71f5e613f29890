import type { Problem } from '../kit/problem.ts';
import type { ImdsClient } from './imds-client.ts';
import {
  availabilityZoneItem,
  domainItem,
  type ImdsItem,
  identityRegionItem,
  instanceIdItem,
  macItem,
  partitionItem,
  readItem,
  regionItem,
  subnetIdItem,
  vpcIdItem,
} from './imds-items.ts';
import { imdsNoRegion } from './imds-problems.ts';
import type { StaticItem } from './instance-facts.ts';

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
    await learn('region', regionItem);
    if (known.get('region') === undefined) {
      known.delete('region');
      await learn('region', identityRegionItem);
    }
    if (known.get('region') === undefined && regionNeeded) {
      known.delete('region');
      wrong ??= imdsNoRegion();
    }
  }

  await learnRegion();
  await learn('domain', domainItem);
  await learn('partition', partitionItem);
  await learn('instanceId', instanceIdItem);
  await learn('availabilityZone', availabilityZoneItem);
  await learn('mac', macItem);
  const mac = known.get('mac');
  if (mac !== undefined) {
    await learn('vpcId', vpcIdItem(mac));
    await learn('subnetId', subnetIdItem(mac));
  }
  return wrong;
}
