import { isIPv4, isIPv6 } from 'node:net';

/** An address as 16-bit words, most significant first: 2 for IPv4, 8 for IPv6. */
export interface IpAddress {
  readonly family: 4 | 6;
  readonly words: readonly number[];
}

/** A block of addresses. `text` is what it was written as. */
export interface Cidr {
  readonly text: string;
  readonly base: IpAddress;
  readonly prefixLength: number;
}

/** Reads an IPv4 or IPv6 address; a zone (`%eth0`) is dropped. Undefined when it is neither. */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (isIPv4(text)) return { family: 4, words: ipv4Words(text) };
  if (isIPv6(text)) return { family: 6, words: ipv6Words(text.replace(/%.*$/, '')) };
  return undefined;
}

/** Reads `10.0.0.0/16`, `2600:1f16::/56` or a single address. Undefined when it is none of them. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', prefix, ...rest] = text.trim().split('/');
  const base = parseIpAddress(address);
  if (base === undefined || rest.length > 0) return undefined;
  const bits = base.family === 4 ? 32 : 128;
  if (prefix === undefined) return { text: text.trim(), base, prefixLength: bits };
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > bits) return undefined;
  return { text: text.trim(), base, prefixLength: Number(prefix) };
}

/** Whether the block holds the address; never across families. */
export function contains(cidr: Cidr, address: IpAddress): boolean {
  if (cidr.base.family !== address.family) return false;
  let bits = cidr.prefixLength;
  for (let index = 0; bits > 0; index++, bits -= 16) {
    const difference = (cidr.base.words[index] ?? 0) ^ (address.words[index] ?? 0);
    if (difference >> Math.max(0, 16 - bits) !== 0) return false;
  }
  return true;
}

/** The one way to write an address: dotted quad, or RFC 5952 for IPv6. Equal addresses give equal text. */
export function formatIpAddress({ family, words }: IpAddress): string {
  if (family === 4) return words.flatMap((word) => [word >> 8, word & 255]).join('.');
  const groups = words.map((word) => word.toString(16));
  const gap = longestRunOfZeros(words);
  if (gap.length < 2) return groups.join(':');
  return `${groups.slice(0, gap.start).join(':')}::${groups.slice(gap.start + gap.length).join(':')}`;
}

/**
 * One spelling for one address, so that texts can be compared; an IPv4-mapped one is the IPv4 address that it carries.
 * Other texts are returned as they are.
 */
export function canonicalAddress(text: string): string {
  const address = parseIpAddress(text);
  return address === undefined ? text : formatIpAddress(unmapped(address));
}

const ipv4MappedPrefix = [0, 0, 0, 0, 0, 0xffff];

/** `::ffff:10.0.0.1` is dialled as, and therefore is, `10.0.0.1`. */
export function unmapped(address: IpAddress): IpAddress {
  return startsWith(address, ipv4MappedPrefix) ? { family: 4, words: address.words.slice(6) } : address;
}

/** Whether an IPv6 address begins with these words. */
export function startsWith({ family, words }: IpAddress, prefix: readonly number[]): boolean {
  return family === 6 && prefix.every((word, index) => words[index] === word);
}

/** For sorting addresses given as text: IPv4 before IPv6, then by number; what is no address comes last. */
export function compareIpTexts(leftText: string, rightText: string): number {
  const left = parseIpAddress(leftText);
  const right = parseIpAddress(rightText);
  if (left === undefined || right === undefined)
    return Number(left === undefined) - Number(right === undefined);
  if (left.family !== right.family) return left.family - right.family;
  for (const [index, word] of left.words.entries()) {
    const difference = word - (right.words[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function ipv4Words(text: string): number[] {
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number);
  return [a * 256 + b, c * 256 + d];
}

function ipv6Words(text: string): number[] {
  const [head = '', tail] = text.split('::');
  const before = groupWords(head);
  if (tail === undefined) return before;
  const after = groupWords(tail);
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

function groupWords(text: string): number[] {
  if (text === '') return [];
  return text
    .split(':')
    .flatMap((group) => (group.includes('.') ? ipv4Words(group) : [Number.parseInt(group, 16)]));
}

function longestRunOfZeros(words: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  for (const [index, word] of words.entries()) {
    length = word === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: index - length + 1, length };
  }
  return best;
}
