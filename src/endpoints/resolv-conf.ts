import { isIP } from 'node:net';
import { asciiFields } from '../kit/ascii-fields.ts';

/** The part of resolv.conf(5) that decides whom to ask. */
export interface ResolvConf {
  /** At most three, in their order; never empty. */
  readonly nameservers: readonly [string, ...string[]];
  /** Timeout for one answer, in milliseconds (`options timeout:n`). */
  readonly timeoutMs: number;
  /** How often the whole list is gone through (`options attempts:n`). */
  readonly attempts: number;
}

// Go's net/dnsconfig_unix.go and glibc's MAXNS.
const maxNameservers = 3;
const defaultNameservers = ['127.0.0.1', '::1'] as const;

/**
 * Reads resolv.conf as Go's pure resolver does, which the agent uses: `nameserver` lines that hold no address
 * are skipped. `rotate`, `search` and `ndots` are left out: the names are asked as they are, in order.
 */
export function parseResolvConf(text: string): ResolvConf {
  const nameservers: string[] = [];
  let timeoutSeconds = 5;
  let attempts = 2;
  for (const line of text.split('\n')) {
    if (/^[;#]/.test(line)) continue;
    const [keyword, ...values] = asciiFields(line);
    const [address = ''] = values;
    if (keyword === 'nameserver' && isIP(address) !== 0 && nameservers.length < maxNameservers) {
      nameservers.push(address);
    } else if (keyword === 'options') {
      timeoutSeconds = optionValue(values, 'timeout') ?? timeoutSeconds;
      attempts = optionValue(values, 'attempts') ?? attempts;
    }
  }
  const [first, ...others] = nameservers;
  return {
    nameservers: first === undefined ? defaultNameservers : [first, ...others],
    timeoutMs: timeoutSeconds * 1000,
    attempts,
  };
}

/** The last `name:n`, at least 1. */
function optionValue(options: readonly string[], name: string): number | undefined {
  const text = options.findLast((option) => option.startsWith(`${name}:`))?.slice(name.length + 1);
  const value = Number.parseInt(text ?? '', 10);
  return Number.isNaN(value) ? undefined : Math.max(1, value);
}
