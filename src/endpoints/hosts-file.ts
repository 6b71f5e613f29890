import { isIP } from 'node:net';
import { asciiFields, boundedLines } from '../kit/ascii-fields.ts';

/** Addresses by `hostKey`, in the file's order, without duplicates. */
export type HostsFile = ReadonlyMap<string, readonly string[]>;

/** Reads hosts(5) as Go does (net/hosts.go). Lines that do not start with an address are skipped. */
export function parseHostsFile(text: string): HostsFile {
  const hosts = new Map<string, string[]>();
  for (const line of boundedLines(text)) {
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

/**
 * The form in which a host name is looked up: ASCII letters in lower case, and absolute where it has a dot, so that
 * `a.b` is `a.b.`, and `a` is another name than `a.`.
 */
export function hostKey(host: string): string {
  const lower = host.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  return lower.includes('.') && !lower.endsWith('.') ? `${lower}.` : lower;
}
