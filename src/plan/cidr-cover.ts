import { type Cidr, contains, type IpAddress, parseCidr } from '../kit/ip-address.ts';

/** Whether each address of a block lies in one of the others, be it that only several together hold it. */
export function isCovered(block: string, by: readonly string[]): boolean {
  const parsed = parseCidr(block);
  if (parsed === undefined) return false;
  const others = by.flatMap((text) => parseCidr(text) ?? []);
  return covered(parsed, others);
}

function covered(block: Cidr, by: readonly Cidr[]): boolean {
  if (by.some((other) => holds(other, block))) return true;
  const within = by.filter((other) => holds(block, other));
  // As deep as the longest prefix of those within, and no wider than there are of them.
  return within.length > 1 && halves(block).every((half) => covered(half, within));
}

function holds(outer: Cidr, inner: Cidr): boolean {
  return outer.prefixLength <= inner.prefixLength && contains(outer, inner.base);
}

function halves({ base, prefixLength }: Cidr): Cidr[] {
  const word = Math.floor(prefixLength / 16);
  const bit = 1 << (15 - (prefixLength % 16));
  const upper: IpAddress = {
    ...base,
    words: base.words.map((value, index) => (index === word ? value | bit : value)),
  };
  const lower: IpAddress = {
    ...base,
    words: base.words.map((value, index) => (index === word ? value & ~bit : value)),
  };
  return [lower, upper].map((half) => ({ text: '', base: half, prefixLength: prefixLength + 1 }));
}
