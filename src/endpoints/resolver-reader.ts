import { existsSync } from 'node:fs';
import { createMemory } from '../kit/age.ts';
import { budgets } from '../kit/budgets.ts';
import { versionOf } from '../kit/files.ts';
import { readBelow, statBelow } from '../kit/files-below.ts';
import { printable } from '../kit/printable.ts';
import type { JudgedBy } from './endpoint-observation.ts';
import type { NextAgent } from './next-agent.ts';
import {
  type DockerdDns,
  hostResolver,
  isSameHosts,
  isSameResolver,
  type NextResolver,
  nameserversIn,
  nextResolver,
} from './next-resolver.ts';
import { type ResolverTexts, watchResolverTexts } from './resolver-texts.ts';
import { watchFile } from './watched-file.ts';

export interface ResolverReaderOptions {
  readonly resolvConfPath: string;
  readonly hostsPath: string;
  /** What systemd-resolved asks; default where it writes that. */
  readonly upstreamPath?: string;
  /** dockerd's settings, and why they may not be what it uses. The same object while nothing is known to have changed. */
  readonly dockerd?: () => Dockerd;
  /** A clock that never jumps, in milliseconds. */
  readonly monotonicMs: () => number;
}

interface Dockerd {
  readonly dns: DockerdDns | undefined;
  readonly doubt: string | undefined;
}

/** The files to look up by. */
export interface ResolverLook extends NextResolver {
  /** Why that is not certain, in words; undefined where it is. */
  readonly doubt: string | undefined;
  /** What the next container will have is not known, and the running one has something else than this host. */
  readonly unknown: JudgedBy['resolver']['unknown'];
  /** Nameservers of the agent that runs now, where it reads another resolv.conf; undefined otherwise, or where it cannot be seen. */
  readonly runningNameservers: readonly string[] | undefined;
}

const withoutSettings = { dns: undefined, doubt: undefined } as const;

/** What is seen beside the host's own files changes with dockerd or the agent, of which a look before a restart is certain. */
const maxAgeMs = 60_000;

/**
 * What the agent's next container will look names up by; with `afresh`, nothing but what is seen now counts. The same
 * object while nothing changes.
 */
export function createResolverReader(
  options: ResolverReaderOptions,
): (agent: NextAgent | undefined, afresh: boolean) => ResolverLook {
  const hostFiles = watchResolverTexts(options.resolvConfPath, options.hostsPath);
  const upstream = watchFile(options.upstreamPath ?? '/run/systemd/resolve/resolv.conf', (text) => text);
  const running = watchRunning();
  const besides = createMemory<Besides>(options.monotonicMs);
  let last: { readonly from: readonly unknown[]; readonly look: ResolverLook } | undefined;

  function seenBeside(agent: NextAgent | undefined, afresh: boolean): Besides {
    const of = agent && JSON.stringify([agent.root, agent.dns]);
    const known = besides.recall(afresh ? 0 : maxAgeMs);
    if (known && !afresh && known.of === of) return known;
    const now = {
      of,
      dockerd: agent === undefined ? withoutSettings : (options.dockerd?.() ?? withoutSettings),
      resolved: agent?.dns.networkMode === 'host' ? '' : upstream.read().value,
      own: agent?.root === undefined ? undefined : running(agent.root),
    };
    besides.keep(now);
    return now;
  }

  return (agent, afresh) => {
    const texts = hostFiles();
    const { of, dockerd, resolved, own } = seenBeside(agent, afresh);
    const from = [texts, dockerd, resolved, own, of];
    if (last === undefined || from.some((one, index) => one !== last?.from[index])) {
      const host = { ...texts, upstream: resolved || undefined };
      last = { from, look: lookBy({ host, dockerd, agent, own }) };
    }
    return last.look;
  };
}

/** What was seen for one agent beside the host's files. */
interface Besides {
  readonly of: string | undefined;
  readonly dockerd: Dockerd;
  readonly resolved: string;
  readonly own: RunningTexts | undefined;
}

interface Seen {
  readonly host: ResolverTexts & { readonly upstream: string | undefined };
  readonly dockerd: Dockerd;
  readonly agent: NextAgent | undefined;
  readonly own: RunningTexts | undefined;
}

function lookBy({ host, dockerd, agent, own }: Seen): ResolverLook {
  const next = nextResolver(host, dockerd.dns, agent?.dns);
  const shared = next === undefined ? `its network is that of ${agent?.dns.networkMode}` : undefined;
  const doubt = dockerd.doubt ?? shared;
  const asHost: NextResolver = {
    ...host,
    resolverSource: hostResolver,
    hostsSource: "the host's file",
  };
  if (doubt === undefined) return told(next ?? asHost, own);
  // The agent was started by the same dockerd: what its container has tells what the next one will have.
  const likely = [nextResolver(host, undefined, agent?.dns) ?? asHost, next ?? asHost];
  const ownNetwork = agent?.dns.networkMode !== 'host';
  const fitting =
    own === undefined
      ? (next ?? asHost)
      : likely.find(
          (one) =>
            isSameResolver(one.resolvConf, own.resolvConf) &&
            // In a network of its own its file names itself too.
            (ownNetwork || isSameHosts(one.hosts, own.hosts)),
        );
  const isShown = own !== undefined && fitting !== undefined;
  const why = isShown ? `taken from the running agent's container: ${doubt}` : doubt;
  return {
    ...told(fitting ?? asHost, own),
    doubt: printable(why, budgets.quoteLength),
    unknown: fitting === undefined && own !== undefined ? describeUnknown(host, own, doubt) : undefined,
  };
}

function told(chosen: NextResolver, own: RunningTexts | undefined): ResolverLook {
  const differs = own !== undefined && !isSameResolver(own.resolvConf, chosen.resolvConf);
  return {
    ...chosen,
    doubt: undefined,
    unknown: undefined,
    runningNameservers: differs ? nameserversIn(own.resolvConf) : undefined,
  };
}

function describeUnknown(host: ResolverTexts, own: RunningTexts, doubt: string): ResolverLook['unknown'] {
  const ask = (resolvConf: string) => nameserversIn(resolvConf).join(', ');
  const [what, its, hosts] = isSameResolver(host.resolvConf, own.resolvConf)
    ? ['has another hosts file than this host', '', '']
    : [
        'looks names up by another resolv.conf than this host',
        ` (${ask(own.resolvConf)}`,
        `; here ${ask(host.resolvConf)})`,
      ];
  return {
    message: `The agent's container ${what}${its}${hosts}, and what the next one will have is not known: ${printable(doubt, budgets.quoteLength)}`,
    advice:
      "Run as root with the host's /proc, so that dockerd's settings can be read; after a change of daemon.json restart dockerd " +
      '(`systemctl restart docker` stops its containers unless live-restore is on). An agent restarted by hand ' +
      '(`systemctl restart ecs`) reads what its container has then.',
  };
}

interface RunningTexts {
  readonly resolvConf: string;
  readonly hosts: string;
}

/** The two files in the container that runs, read again when they change. */
function watchRunning(): (root: string) => RunningTexts | undefined {
  let last: { readonly version: string; readonly texts: RunningTexts | undefined } | undefined;
  return (root) => {
    try {
      const version = [root, stateOf(root, '/etc/resolv.conf'), stateOf(root, '/etc/hosts')].join(' ');
      if (last?.version !== version) {
        const resolvConf = readBelow(root, '/etc/resolv.conf', budgets.settingsBytes);
        const hosts = readBelow(root, '/etc/hosts', budgets.settingsBytes);
        // It has ended meanwhile: a file that was not found tells nothing.
        if (!existsSync(root)) return undefined;
        last = { version, texts: resolvConf === undefined ? undefined : { resolvConf, hosts: hosts ?? '' } };
      }
      return last.texts;
    } catch {
      return undefined;
    }
  };
}

function stateOf(root: string, path: string): string {
  const stats = statBelow(root, path);
  return stats === undefined ? '' : versionOf(stats);
}
