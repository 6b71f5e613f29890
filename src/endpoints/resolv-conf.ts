import { isIP } from 'node:net';
import { asciiFields, boundedLines } from '../kit/ascii-fields.ts';
import { budgets } from '../kit/budgets.ts';

/** resolv.conf(5), as Go's pure resolver reads it (net/dnsconfig_unix.go), which the agent uses. */
export interface ResolvConf {
  /** At most three, in their order; never empty. */
  readonly nameservers: readonly [string, ...string[]];
  /** Domains that are tried with a name, without their last dot (`search`, `domain`, else the host name's own). */
  readonly search: readonly string[];
  /** A name with fewer dots is tried with the search domains first (`options ndots:n`). */
  readonly ndots: number;
  /** Timeout for one answer, in milliseconds (`options timeout:n`). */
  readonly timeoutMs: number;
  /** How often the whole list is gone through (`options attempts:n`). */
  readonly attempts: number;
  /** Each question starts at another nameserver (`options rotate`). */
  readonly rotate: boolean;
  /** A is asked before AAAA, not beside it (`options single-request`). */
  readonly singleRequest: boolean;
  /** Over TCP alone (`options use-vc`). */
  readonly useTcp: boolean;
  readonly trustAd: boolean;
}

// Go's net/dnsconfig_unix.go and glibc's MAXNS.
const maxNameservers = 3;
const defaultNameservers = ['127.0.0.1', '::1'] as const;

type Options = Omit<ResolvConf, 'nameservers' | 'search'>;

const defaultOptions: Options = {
  ndots: 1,
  timeoutMs: 5_000,
  attempts: 2,
  rotate: false,
  singleRequest: false,
  useTcp: false,
  trustAd: false,
};

/**
 * Reads resolv.conf. Lines with what is no address, or no keyword of Go's, are skipped.
 *
 * @param hostName gives the search domain where the text has none, as `ip-10-0-0-1.ec2.internal` does
 */
export function parseResolvConf(text: string, hostName = ''): ResolvConf {
  const lines = boundedLines(text)
    .filter((line) => !/^[;#]/.test(line))
    .map((line) => asciiFields(line));
  const valuesOf = (...keywords: readonly string[]) =>
    lines
      .filter(([keyword = '']) => keywords.includes(keyword))
      .map(([keyword, ...values]) => ({ keyword, values }));
  const [first, ...others] = valuesOf('nameserver')
    .map(({ values: [address = ''] }) => address)
    .filter((address) => isIP(address) !== 0)
    .slice(0, maxNameservers);
  const searched = valuesOf('search', 'domain')
    .filter(({ keyword, values }) => keyword === 'search' || values.length > 0)
    .at(-1);
  const own = hostName.replace(/^[^.]*\.?/, '');
  // The root, written `.`, is the name itself once more.
  const domains = (searched?.keyword === 'domain' ? searched.values.slice(0, 1) : (searched?.values ?? []))
    .map((domain) => domain.replace(/\.$/, ''))
    .filter((domain) => domain !== '')
    // Go takes any number; each is a name that is asked for.
    .slice(0, budgets.dnsSearch);
  return {
    nameservers: first === undefined ? defaultNameservers : [first, ...others],
    search: domains.length === 0 && own !== '' ? [own] : domains,
    ...valuesOf('options')
      .flatMap(({ values }) => values)
      .reduce(withOption, defaultOptions),
  };
}

function withOption(options: Options, text: string): Options {
  const [name = ''] = text.split(':', 1);
  const number = () => Math.min(0xff_ffff, Number(/^\d*/.exec(text.slice(name.length + 1))?.[0]));
  if (text.includes(':')) {
    if (name === 'ndots') return { ...options, ndots: Math.min(15, number()) };
    if (name === 'timeout') return { ...options, timeoutMs: 1_000 * Math.max(1, number()) };
    if (name === 'attempts') return { ...options, attempts: Math.max(1, number()) };
    return options;
  }
  switch (text) {
    case 'rotate':
      return { ...options, rotate: true };
    case 'single-request':
    case 'single-request-reopen':
      return { ...options, singleRequest: true };
    case 'use-vc':
    case 'usevc':
    case 'tcp':
      return { ...options, useTcp: true };
    case 'trust-ad':
      return { ...options, trustAd: true };
    default:
      return options;
  }
}

// A name takes 254 characters with its last dot (RFC 1035).
const maxNameLength = 254;

/**
 * The absolute names, without the last dot, that a name is looked up as, one after the other: the first that has an
 * address ends it (Go's `(*dnsConfig).nameList`). Empty for what DNS is not asked for.
 */
export function nameList(host: string, { search, ndots }: Pick<ResolvConf, 'search' | 'ndots'>): string[] {
  const isRooted = host.endsWith('.');
  const name = isRooted ? host.slice(0, -1) : host;
  const dots = name.split('.').length - 1;
  const suffixed = isRooted ? [] : search.map((domain) => `${name}.${domain}`);
  const names = isRooted || dots >= ndots ? [name, ...suffixed] : [...suffixed, name];
  return name === ''
    ? []
    : names.filter((one) => one.length < maxNameLength && !one.toLowerCase().endsWith('.onion'));
}
