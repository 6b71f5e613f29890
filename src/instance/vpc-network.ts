import type { ImdsClient } from './imds-client.ts';
import { ImdsError } from './imds-error.ts';
import { type ImdsItem, imdsItems, interfaceItems, readItem } from './imds-items.ts';

/** What the instance's network interfaces tell of its VPC. */
export interface VpcNetwork {
  /** CIDR blocks of the VPC of every interface, each once, in IMDS's order. */
  readonly vpcCidrs: readonly string[];
  /** No interface has an IPv4 block, and one has an IPv6 address. */
  readonly ipv6Only: boolean;
}

/**
 * Reads it anew, one request after the other: all of it or nothing. `primaryMac` stands in where IMDS does not
 * list the interfaces.
 *
 * Every VPC has an IPv4 block, so that `vpc-ipv4-cidr-blocks` is there in an IPv6-only subnet too: the
 * subnet's own block decides. An IMDS that tells neither of IPv4 nor of IPv6 is incomplete, not IPv6-only.
 * @throws ImdsError when IMDS fails or a text is wrong
 */
export async function readVpcNetwork(
  imds: ImdsClient,
  primaryMac: string | undefined,
  signal: AbortSignal,
): Promise<VpcNetwork> {
  const lines = async (item: ImdsItem<string[]>): Promise<string[]> => {
    const reading = await readItem(imds, item, signal);
    if (!reading.ok) throw new ImdsError(reading.problem, 'never');
    return reading.value ?? [];
  };

  const listed = await lines(imdsItems.macs);
  const macs = listed.length === 0 && primaryMac !== undefined ? [primaryMac] : listed;
  const vpcCidrs = new Set<string>();
  let hasIpv4 = false;
  for (const mac of macs) {
    const { vpcIpv4Cidrs, vpcIpv6Cidrs, subnetIpv4Cidr } = interfaceItems(mac);
    for (const cidr of await lines(vpcIpv4Cidrs)) vpcCidrs.add(cidr);
    for (const cidr of await lines(vpcIpv6Cidrs)) vpcCidrs.add(cidr);
    hasIpv4 ||= (await lines(subnetIpv4Cidr)).length > 0;
  }
  let hasIpv6 = false;
  for (const mac of hasIpv4 ? [] : macs) hasIpv6 ||= (await lines(interfaceItems(mac).ipv6s)).length > 0;
  return { vpcCidrs: [...vpcCidrs], ipv6Only: !hasIpv4 && hasIpv6 };
}
