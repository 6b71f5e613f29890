import {
  type Cidr,
  contains,
  formatIpAddress,
  type IpAddress,
  parseCidr,
  parseIpAddress,
  startsWith,
  unmapped,
} from '../kit/ip-address.ts';
import type { EndpointAddress } from './endpoint-observation.ts';

/** Judges one address; undefined when the text is no address. `address` of the result is in its canonical form. */
export type PrivateAddressRule = (address: string) => EndpointAddress | undefined;

export interface PrivateRanges {
  /** CIDR blocks of the VPC as IMDS lists them. A VPC may own public-looking ranges; its IPv6 is mostly global. */
  readonly vpcCidrs: readonly string[];
  /** CIDR blocks that the operator listed. */
  readonly extraCidrs: readonly string[];
}

interface Range {
  readonly cidr: Cidr;
  readonly rule: string;
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
] as const;

const maxJudged = 256;

const nat64Prefix = [0x64, 0xff9b, 0, 0, 0, 0];

/**
 * Builds the rule once for a set of CIDR blocks: private is what lies in the VPC's, the operator's, RFC 1918,
 * 100.64.0.0/10 or fc00::/7. A CIDR that cannot be read is left out: it then makes nothing private.
 */
export function createPrivateAddressRule({ vpcCidrs, extraCidrs }: PrivateRanges): PrivateAddressRule {
  const privateRanges = [
    ...vpcCidrs.flatMap((text) => range(text, `in the VPC's CIDR ${text}`)),
    ...extraCidrs.flatMap((text) => range(text, `in ${text} (listed in the settings)`)),
    ...wellKnownRanges.flatMap(([text, source]) => range(text, `in ${text} (${source})`)),
  ];
  const publicRanges = specialRanges.flatMap(([text, name]) => range(text, `${name}, in no private range`));

  // The same few addresses are judged in every look. A name that answers another one each time must not fill the memory.
  const judged = new Map<string, ReturnType<PrivateAddressRule>>();
  return (text) => {
    const known = judged.get(text);
    if (known !== undefined) return known;
    if (judged.size >= maxJudged) judged.clear();
    const judgement = judge(text);
    judged.set(text, judgement);
    return judgement;
  };

  function judge(text: string): ReturnType<PrivateAddressRule> {
    const parsed = parseIpAddress(text);
    if (parsed === undefined) return undefined;
    const address = unmapped(parsed);
    const target = translated(address);
    const found = firstContaining(privateRanges, address) ?? firstContaining(privateRanges, target);
    const rule = found ?? firstContaining(publicRanges, address) ?? 'in no private range';
    return {
      address: formatIpAddress(address),
      family: address.family,
      private: found !== undefined,
      rule: target === address ? rule : `${formatIpAddress(target)} behind NAT64, ${rule}`,
    };
  }
}

function range(text: string, rule: string): Range[] {
  const cidr = parseCidr(text);
  return cidr === undefined ? [] : [{ cidr, rule }];
}

function firstContaining(ranges: readonly Range[], address: IpAddress): string | undefined {
  return ranges.find(({ cidr }) => contains(cidr, address))?.rule;
}

/**
 * With DNS64 on its subnet, the VPC resolver makes `64:ff9b::a.b.c.d` up for every name that has only an A
 * record: such an answer leads to the IPv4 address inside it, and is private exactly when that is.
 */
function translated(address: IpAddress): IpAddress {
  return startsWith(address, nat64Prefix) ? { family: 4, words: address.words.slice(6) } : address;
}
