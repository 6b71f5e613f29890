import { isIPv6, SocketAddress } from 'node:net';

/**
 * One spelling for one address, so that texts can be compared: IPv6 in its canonical short form (RFC 5952),
 * an IPv4-mapped address as the IPv4 address that it carries. Other texts are returned as they are.
 */
export function canonicalAddress(address: string): string {
  if (!isIPv6(address)) return address;
  const text = new SocketAddress({ address, family: 'ipv6' }).address;
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(text)?.[1] ?? text;
}
