import { BlockList, isIP } from 'node:net';
import type { UsedVariable } from './agent-environment.ts';

/** Environment of the agent, by name. */
export type Environment = Pick<ReadonlyMap<UsedVariable, string>, 'get'>;

/** The agent's control plane speaks HTTPS and secure websockets on this port only. */
const PORT = '443';

/**
 * The proxy that the agent uses for at least one of `hosts`, without credentials; undefined when none.
 *
 * The rules are those of amazon-ecs-agent's own copy of Go's httpproxy (`ecs-agent/utils/httpproxy`), used for
 * the ECS API and the websockets alike: HTTPS_PROXY, else HTTP_PROXY (upper before lower case, empty is unset),
 * unless NO_PROXY names the host. That copy still falls back to HTTP_PROXY for https, which today's Go does not.
 * `no_proxy` has no effect: where NO_PROXY is empty, the agent sets one of its own before it opens a websocket
 * (`ecs-agent/wsclient/client.go`), and that one wins.
 */
export function agentProxy(environment: Environment, hosts: readonly string[]): string | undefined {
  const set = firstSet(environment, ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy']);
  if (set === undefined) return undefined;
  const noProxy = environment.get('NO_PROXY') ?? '';
  return hosts.some((host) => !isExcluded(host, noProxy)) ? withoutCredentials(set) : undefined;
}

function firstSet(environment: Environment, names: readonly UsedVariable[]): string | undefined {
  for (const name of names) {
    const value = environment.get(name);
    if (value !== undefined && value !== '') return value;
  }
  return undefined;
}

/** Whether requests to `host` go round the proxy: `localhost`, a loopback address, or named in `noProxy`. */
function isExcluded(host: string, noProxy: string): boolean {
  const name = host.trim().toLowerCase();
  if (name === 'localhost' || isLoopback(name)) return true;
  return noProxy.split(',').some((entry) => matches(name, entry.trim().toLowerCase()));
}

function matches(host: string, entry: string): boolean {
  if (entry === '') return false;
  if (entry === '*') return true;
  if (entry.includes('/')) return isInCidr(host, entry);
  const { name, port } = splitPort(entry);
  if (name === '' || (port !== '' && port !== PORT)) return false;
  if (isIP(name) !== 0) return isIP(host) !== 0 && isInCidr(host, `${name}/${isIP(name) === 4 ? 32 : 128}`);
  // `foo.com` is foo.com and what is below it; `.foo.com` and `*.foo.com` only what is below.
  const below = name.startsWith('*.') ? name.slice(1) : name;
  if (below.startsWith('.')) return host.endsWith(below);
  return host === below || host.endsWith(`.${below}`);
}

function splitPort(entry: string): { name: string; port: string } {
  const bracketed = /^\[([^\]]*)\](?::(\d*))?$/.exec(entry);
  if (bracketed) return { name: bracketed[1] ?? '', port: bracketed[2] ?? '' };
  const parts = entry.split(':');
  // More than one colon is a bare IPv6 address.
  return parts.length === 2 ? { name: parts[0] ?? '', port: parts[1] ?? '' } : { name: entry, port: '' };
}

function isInCidr(host: string, cidr: string): boolean {
  const [network = '', prefix = ''] = cidr.split('/');
  const family = isIP(network);
  if (isIP(host) !== family || family === 0 || !/^\d{1,3}$/.test(prefix)) return false;
  if (Number(prefix) > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), family === 4 ? 'ipv4' : 'ipv6');
  return list.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

function isLoopback(host: string): boolean {
  return isInCidr(host, '127.0.0.0/8') || isInCidr(host, '::1/128');
}

function withoutCredentials(proxy: string): string {
  const at = proxy.lastIndexOf('@');
  if (at < 0) return proxy;
  const scheme = /^[a-z0-9+.-]+:\/\//i.exec(proxy)?.[0] ?? '';
  return scheme + proxy.slice(at + 1);
}
