import { Resolver } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { lookupError } from './network-error.ts';

/** Resolves a host to its addresses, IPv4 before IPv6. Rejects with a `NetworkError` when there are none. */
export type Lookup = (host: string) => Promise<string[]>;

/**
 * Looks names up as a static Go program does: the hosts file, then A and AAAA at the nameservers in their order.
 * Both files are read once: Docker gives a container copies that stay as they were at its start.
 */
export function nameLookup(resolvConf: string, hostsFile: string): Lookup {
  const hosts = parseHosts(readText(hostsFile));
  const { nameservers, timeoutMs, attempts } = parseResolvConf(readText(resolvConf));
  return async (host) => {
    if (isIP(host) !== 0) return [host];
    const listed = hosts.get(host.toLowerCase());
    if (listed !== undefined) return listed;
    // A new resolver each time: no answer is ever kept.
    const resolver = new Resolver({ timeout: timeoutMs, tries: attempts });
    resolver.setServers(nameservers);
    const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (addresses.length > 0) return addresses;
    const failure = answers.find((answer) => answer.status === 'rejected');
    throw lookupError(host, nameservers[0] ?? '', failure?.reason);
  };
}

function parseHosts(text: string): Map<string, string[]> {
  const hosts = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (address === undefined || isIP(address) === 0) continue;
    for (const name of names)
      hosts.set(name.toLowerCase(), [...(hosts.get(name.toLowerCase()) ?? []), address]);
  }
  return hosts;
}

function parseResolvConf(text: string): { nameservers: string[]; timeoutMs: number; attempts: number } {
  const nameservers = [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map((match) => match[1] ?? '');
  return {
    nameservers: nameservers.length === 0 ? ['127.0.0.1'] : nameservers,
    timeoutMs: Number(/\btimeout:(\d+)/.exec(text)?.[1] ?? 5) * 1000,
    attempts: Number(/\battempts:(\d+)/.exec(text)?.[1] ?? 2),
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
