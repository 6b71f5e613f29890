import { isIP } from 'node:net';
import { asciiFields } from '../kit/ascii-fields.ts';

/** Addresses by lower-case host name without a trailing dot, in the file's order, without duplicates. */
export type HostsFile = ReadonlyMap<string, readonly string[]>;

/** Reads hosts(5) as Go does. Lines that do not start with an address are skipped. */
export function parseHostsFile(text: string): HostsFile {
  const hosts = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [address = '', ...names] = asciiFields(line.replace(/#.*$/, ''));
    if (isIP(address) === 0) continue;
    for (const name of names) {
      const key = hostKey(name);
      const addresses = hosts.get(key) ?? [];
      if (!addresses.includes(address)) addresses.push(address);
      hosts.set(key, addresses);
    }
  }
  return hosts;
}

/** The form in which a host name is looked up. */
export function hostKey(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}
