import { asciiFields } from '../kit/ascii-fields.ts';
import { keysOf } from '../kit/keys-of.ts';
import { parseResolvConf } from './resolv-conf.ts';
import type { ResolverTexts } from './resolver-texts.ts';

/** What replaces parts of the host's resolv.conf; each part that is empty replaces nothing. */
export interface DnsSettings {
  readonly nameservers: readonly string[];
  readonly options: readonly string[];
  readonly search: readonly string[];
}

/** What the agent's container was created with. */
export interface ContainerDns extends DnsSettings {
  /** `NAME:ADDRESS` each. */
  readonly extraHosts: readonly string[];
  readonly networkMode: string;
}

/** What dockerd was started with. */
export interface DockerdDns extends DnsSettings {
  /** What `host-gateway` stands for in an extra host. */
  readonly hostGateway: string;
}

/** Files of this host. */
export interface HostTexts extends ResolverTexts {
  /** What systemd-resolved itself asks (/run/systemd/resolve/resolv.conf); undefined where there is no such file. */
  readonly upstream: string | undefined;
}

/** The files of a container that would be started now. */
export interface NextResolver extends ResolverTexts {
  /** Where resolv.conf comes from, in words. */
  readonly resolverSource: string;
  /** Where to change what is not the host's in it, in words; undefined where all is. */
  readonly resolverAdvice?: string | undefined;
  readonly hostsSource: string;
}

const nothing: DnsSettings = { nameservers: [], options: [], search: [] };

/** Where resolv.conf comes from, unless something stands in its place. */
export const hostResolver = "the host's resolv.conf";

/**
 * The files as dockerd makes them when it starts the container, measured with Docker 20.10 and 26 (libnetwork's setupDNS and
 * buildHostsFile). Undefined for a container that shares another one's network, whose files are that one's.
 */
export function nextResolver(
  host: HostTexts,
  dockerd: DockerdDns | undefined,
  container: ContainerDns | undefined,
): NextResolver | undefined {
  const networkMode = container?.networkMode ?? 'host';
  if (networkMode.startsWith('container:')) return undefined;
  return {
    ...resolvConfOf(host, dockerd ?? nothing, container ?? nothing, networkMode),
    ...hostsOf(host, dockerd, container?.extraHosts ?? [], networkMode),
    problem: host.problem,
  };
}

/** Whether the agent reads both alike: dockerd may write the file anew, in another order, with comments and without `search .`. */
export function isSameResolver(one: string, other: string): boolean {
  return JSON.stringify(parseResolvConf(one)) === JSON.stringify(parseResolvConf(other));
}

/** The same of two hosts files, as far as they name anything but the host itself and its local names. */
export function isSameHosts(one: string, other: string): boolean {
  return namesIn(one) === namesIn(other);
}

/** What a container with a network of its own gets where the host has nothing for it. */
export const dockerDefaults =
  "Docker's default nameservers: none of the host's can be reached from a network of its own";

const defaultNameservers = ['8.8.8.8', '8.8.4.4'];

function resolvConfOf(host: HostTexts, dockerd: DnsSettings, container: DnsSettings, networkMode: string) {
  const replaced = replacements(dockerd, container);
  const base = baseOf(host, networkMode);
  if (networkMode === 'host' && replaced.from.length === 0) {
    return { resolvConf: host.resolvConf, resolverSource: base.from };
  }
  const left = replaced.parts.nameservers === undefined ? [base.from] : [];
  // Docker's own resolver forwards there; to a loopback address from the host's network.
  const way = isUserDefined(networkMode) ? ['through 127.0.0.11 (network of its own)'] : [];
  return {
    resolvConf: resolvConfText({ ...base.parts, ...replaced.parts }),
    resolverSource: [...replaced.from, ...left, ...way].join(', '),
    resolverAdvice: replaced.advice,
  };
}

const dockerdAdvice =
  "The agent's resolv.conf is made with settings of dockerd: `dns`, `dns-opts` and `dns-search` of /etc/docker/daemon.json or its " +
  'command line; they change with `systemctl restart docker`.';
const containerAdvice =
  "The agent's resolv.conf is made with `--dns`, `--dns-opt` or `--dns-search` of its container: change them where it is created.";

/** The container's own word goes before dockerd's; each of the three is replaced by itself. */
function replacements(dockerd: DnsSettings, container: DnsSettings) {
  const flags = { nameservers: 'dns', options: 'dns-opt', search: 'dns-search' } as const;
  const parts: { -readonly [Key in keyof DnsSettings]?: DnsSettings[Key] } = {};
  const from: string[] = [];
  const advice = new Set<string>();
  for (const key of keysOf(flags)) {
    const byContainer = container[key].length > 0;
    const chosen = byContainer ? container[key] : dockerd[key];
    if (chosen.length === 0) continue;
    // A single dot stands for no search domain.
    parts[key] = key === 'search' && chosen.join() === '.' ? [] : chosen;
    from.push(byContainer ? `--${flags[key]} of the agent's container` : `${flags[key]} of dockerd`);
    advice.add(byContainer ? containerAdvice : dockerdAdvice);
  }
  return { parts, from, advice: [...advice].join(' ') || undefined };
}

/** What is not replaced. In a network of its own the container cannot reach what listens on a loopback address of the host. */
function baseOf(
  host: HostTexts,
  networkMode: string,
): { readonly parts: DnsSettings; readonly from: string } {
  const parts = partsOf(host.resolvConf);
  const from = hostResolver;
  if (networkMode === 'host' || isUserDefined(networkMode)) return { parts, from };
  const isStub = parts.nameservers.join() === '127.0.0.53' && host.upstream !== undefined;
  const given = isStub ? partsOf(host.upstream ?? '') : parts;
  const nameservers = given.nameservers.filter((one) => !/^127\.|:/.test(one));
  return nameservers.length > 0
    ? {
        parts: { ...given, nameservers },
        from: `${isStub ? 'the nameservers of systemd-resolved' : from}, those on IPv4 that are not on loopback (network of its own)`,
      }
    : {
        parts: { ...given, nameservers: defaultNameservers },
        from: dockerDefaults,
      };
}

/** `bridge` and `default` are Docker's own network, `none` is none. */
function isUserDefined(networkMode: string): boolean {
  return !['', 'host', 'bridge', 'default', 'none'].includes(networkMode);
}

function hostsOf(
  host: HostTexts,
  dockerd: DockerdDns | undefined,
  extraHosts: readonly string[],
  networkMode: string,
) {
  if (networkMode === 'host' && extraHosts.length === 0) {
    return { hosts: host.hosts, hostsSource: "the host's file" };
  }
  const lines = extraHosts.flatMap((entry) => {
    const colon = entry.indexOf(':');
    const address = entry.slice(colon + 1);
    const name = entry.slice(0, colon);
    return colon < 0 ? [] : [`${address === 'host-gateway' ? dockerd?.hostGateway : address} ${name}\n`];
  });
  return {
    hosts: `127.0.0.1 localhost\n::1 localhost\n${lines.join('')}`,
    hostsSource:
      lines.length === 0
        ? "a file of Docker's (network of its own)"
        : "--add-host of the agent's container, in place of the host's file",
  };
}

/** Those that the agent asks. */
export function nameserversIn(resolvConf: string): readonly string[] {
  return parseResolvConf(resolvConf).nameservers;
}

/** As dockerd reads resolv.conf: of `search` the last line counts, options add up. */
function partsOf(resolvConf: string): DnsSettings {
  const lines = resolvConf.split('\n').map(asciiFields);
  const of = (...words: string[]) => lines.filter(([word = '']) => words.includes(word));
  return {
    nameservers: of('nameserver').flatMap(([, address]) => address ?? []),
    options: of('options').flatMap(([, ...options]) => options),
    search: of('search', 'domain').at(-1)?.slice(1) ?? [],
  };
}

function resolvConfText({ nameservers, options, search }: DnsSettings): string {
  const lines = [
    ...nameservers.map((address) => `nameserver ${address}`),
    ...(search.length > 0 ? [`search ${search.join(' ')}`] : []),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function namesIn(hosts: string): string {
  const lines = hosts.split('\n').map((line) => asciiFields(line.replace(/#.*$/, '')));
  return lines
    .filter(([address]) => address !== undefined && !/^(127\.|::1$|f[ef]0)/.test(address))
    .map((words) => words.join(' '))
    .join('\n');
}
