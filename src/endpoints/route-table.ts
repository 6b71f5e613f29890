import { endianness } from 'node:os';
import { createMemory } from '../kit/age.ts';
import { readText } from '../kit/files.ts';
import { type Cidr, contains, type IpAddress } from '../kit/ip-address.ts';

/** Flags of a route (include/uapi/linux/route.h). */
const UP = 0x1;
const REJECT = 0x200;

/** Routes change seldom, and a wrong one counts for one of the rounds before a restart. */
const maxAgeMs = 5_000;

/**
 * Tells whether this host can send to an address, as far as that makes a difference: an address without a route does
 * not count where the other family has a default route. Where the kernel's tables cannot be read all are taken for
 * reachable.
 */
export function createRouteTable(
  procDir: string,
  monotonicMs: () => number,
): (address: IpAddress) => boolean {
  const last = createMemory<readonly Cidr[]>(monotonicMs);

  return (address) => {
    let routes = last.recall(maxAgeMs);
    if (routes === undefined) {
      routes = readRoutes(procDir);
      last.keep(routes);
    }
    return (
      routes.some((route) => contains(route, address)) ||
      !routes.some(({ base, prefixLength }) => base.family !== address.family && prefixLength === 0)
    );
  };
}

/** None where they cannot be read: then no family has a default route. */
function readRoutes(procDir: string): readonly Cidr[] {
  try {
    // Missing where the kernel has no IPv6.
    const ipv6 = readText(`${procDir}/net/ipv6_route`, 'latin1') ?? '';
    const ipv4 = readText(`${procDir}/net/route`, 'latin1') ?? '';
    return [...ipv4.split('\n').flatMap(parseIpv4), ...ipv6.split('\n').flatMap(parseIpv6)];
  } catch {
    return [];
  }
}

/** Columns: interface, destination, gateway, flags, references, use, metric, mask; addresses in the host's byte order. */
function parseIpv4(line: string): Cidr[] {
  const [device = '', destination = '', , flags = '', , , , mask = ''] = line.trim().split(/\s+/);
  if (!/^[0-9A-F]{8}$/i.test(destination) || !/^[0-9A-F]{8}$/i.test(mask)) return [];
  const bytes = Buffer.from(destination, 'hex');
  if (endianness() === 'LE') bytes.swap32();
  const words = [bytes.readUInt16BE(0), bytes.readUInt16BE(2)];
  const bits = Number.parseInt(mask, 16).toString(2).replaceAll('0', '').length;
  return usable(device, flags) ? [{ text: line, base: { family: 4, words }, prefixLength: bits }] : [];
}

/** Columns: destination, prefix length, source, its length, next hop, metric, references, use, flags, interface. */
function parseIpv6(line: string): Cidr[] {
  const [destination = '', length = '', , , , , , , flags = '', device = ''] = line.trim().split(/\s+/);
  const words = destination.match(/[0-9a-f]{4}/gi)?.map((word) => Number.parseInt(word, 16)) ?? [];
  if (words.length !== 8 || !usable(device, flags)) return [];
  return [{ text: line, base: { family: 6, words }, prefixLength: Number.parseInt(length, 16) }];
}

/** Every host with IPv6 has a default route to nowhere, on `lo`. */
function usable(device: string, flags: string): boolean {
  return device !== 'lo' && (Number.parseInt(flags, 16) & (UP | REJECT)) === UP;
}
