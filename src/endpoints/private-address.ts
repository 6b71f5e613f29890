import {
  type Cidr,
  contains,
  formatIpAddress,
  type IpAddress,
  parseCidr,
  parseIpAddress,
  unmapped,
} from '../kit/ip-address.ts';
import type { EndpointAddress } from './endpoint-observation.ts';

/**
 * Judges one address; undefined when the text is no address. `address` of the result is in its canonical form, and
 * `private` says what it is, whether there is a route to it or not.
 */
export type PrivateAddressRule = (address: string) => EndpointAddress | undefined;

export interface PrivateRanges {
  /** CIDR blocks of the VPC as IMDS lists them. A VPC may own public-looking ranges; its IPv6 is mostly global. */
  readonly vpcCidrs: readonly string[];
  /** CIDR blocks that the operator listed. */
  readonly extraCidrs: readonly string[];
  /** Whether this host has a route to an address; default to all. */
  readonly hasRoute?: (address: IpAddress) => boolean;
}

interface Range {
  readonly cidr: Cidr;
  readonly rule: string;
}

interface Judged {
  readonly address: IpAddress;
  readonly judgement: EndpointAddress;
}

// A hub VPC's endpoints, reached over a transit gateway, answer from outside this VPC's CIDRs.
const wellKnownRanges = [
  ['10.0.0.0/8', 'RFC 1918'],
  ['172.16.0.0/12', 'RFC 1918'],
  ['192.168.0.0/16', 'RFC 1918'],
  ['100.64.0.0/10', 'RFC 6598'],
  ['fc00::/7', 'RFC 4193'],
] as const;

const specialRanges = [
  ['127.0.0.0/8', 'a loopback address'],
  ['::1/128', 'a loopback address'],
  ['169.254.0.0/16', 'a link-local address'],
  ['fe80::/10', 'a link-local address'],
  ['0.0.0.0/32', 'the unspecified address'],
  ['::/128', 'the unspecified address'],
  // With DNS64 on its subnet, the VPC resolver makes one up for every name that has only an A record. Whatever IPv4
  // address is inside, the way to it leads through the NAT gateway.
  ['64:ff9b::/96', 'an address behind NAT64, reached through the NAT gateway'],
] as const;

const maxJudged = 256;

/**
 * Builds the rule once for a set of CIDR blocks: private is what lies in the VPC's, the operator's, RFC 1918,
 * 100.64.0.0/10 or fc00::/7. A CIDR that cannot be read is left out: it then makes nothing private.
 */
export function createPrivateAddressRule({
  vpcCidrs,
  extraCidrs,
  hasRoute = () => true,
}: PrivateRanges): PrivateAddressRule {
  const privateRanges = [
    ...vpcCidrs.flatMap((text) => range(text, `in the VPC's CIDR ${text}`)),
    ...extraCidrs.flatMap((text) => range(text, `in ${text} (listed in the settings)`)),
    ...wellKnownRanges.flatMap(([text, source]) => range(text, `in ${text} (${source})`)),
  ];
  const publicRanges = specialRanges.flatMap(([text, name]) => range(text, `${name}, in no private range`));

  // The same few addresses are judged in every look. A name that answers another one each time must not fill the memory.
  const judged = new Map<string, Judged>();
  return (text) => {
    const known = judged.get(text) ?? judge(text);
    if (known === undefined) return undefined;
    if (judged.size >= maxJudged) judged.clear();
    judged.set(text, known);
    return hasRoute(known.address) ? known.judgement : { ...known.judgement, unrouted: true };
  };

  function judge(text: string): Judged | undefined {
    const parsed = parseIpAddress(text);
    if (parsed === undefined) return undefined;
    const address = unmapped(parsed);
    const found = firstContaining(privateRanges, address);
    const judgement = {
      address: formatIpAddress(address),
      family: address.family,
      private: found !== undefined,
      rule: found ?? firstContaining(publicRanges, address) ?? 'in no private range',
    };
    return { address, judgement };
  }
}

function range(text: string, rule: string): Range[] {
  const cidr = parseCidr(text);
  return cidr === undefined ? [] : [{ cidr, rule }];
}

function firstContaining(ranges: readonly Range[], address: IpAddress): string | undefined {
  return ranges.find(({ cidr }) => contains(cidr, address))?.rule;
}
