import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createNameserverView } from '../../../../src/endpoints/dns-view.ts';
import { inCheckout } from '../../checkout.ts';
import { addLink } from '../../link-to-nowhere.ts';
import { endChild } from '../../processes.ts';
import { makeTemporaryDirectory } from '../../temporary-directory.ts';

/** What a DNS server of the VPC's owner is to do: to hand every question on. */
export interface Forwarding {
  readonly address: string;
  readonly upstream: string;
  /** Drops answers with private addresses, as against DNS rebinding; for no name, or for all but these. */
  readonly protection?: { readonly except: readonly string[] };
}

/** One of Debian's DNS servers, with what of its own configuration forwards. */
export interface Forwarder {
  readonly name: string;
  /** What excepts a name from its protection from DNS rebinding; undefined where it has none. */
  readonly exception: string | undefined;
  readonly command: readonly [string, ...string[]];
  /** Asks nobody while all of this network is a loopback interface. */
  readonly wantsLink?: true;
  /** Below /run, by path. */
  readonly files: (forwarding: Forwarding) => Readonly<Record<string, string>>;
}

const range = '10.0.0.0/8';

export const forwarders: readonly Forwarder[] = [
  {
    name: 'bind9',
    exception: 'except-from',
    command: ['named', '-g', '-n', '1', '-c', '/run/named.conf'],
    files: ({ address, upstream, protection }) => ({
      'named.conf': `options {
        directory "/run"; pid-file none; session-keyfile none; dnssec-validation no; empty-zones-enable no;
        listen-on { ${address}; }; listen-on-v6 { none; };
        allow-query { any; }; allow-recursion { any; };
        forward only; forwarders { ${upstream}; };
        ${protection ? `deny-answer-addresses { ${range}; } except-from { ${quoted(protection.except).join('; ')}; };` : ''}
      };
      controls { };\n`,
    }),
  },
  {
    name: 'unbound',
    exception: 'private-domain',
    command: ['unbound', '-d', '-c', '/run/unbound.conf'],
    files: ({ address, upstream, protection }) => ({
      'unbound.conf': `server:
        interface: ${address}\n access-control: 0.0.0.0/0 allow\n module-config: "iterator"\n do-daemonize: no
        username: ""\n chroot: ""\n pidfile: ""\n directory: "/run"\n use-syslog: no\n logfile: ""
        ${protection ? `private-address: ${range}\n` : ''}
        ${quoted(protection?.except ?? [])
          .map((host) => `private-domain: ${host}\n`)
          .join('')}
        forward-zone:\n name: "."\n forward-addr: ${upstream}\n`,
    }),
  },
  {
    name: 'knot-resolver',
    exception: 'ALLOW_LOCAL',
    command: ['kresd', '-n', '-c', '/run/kresd.conf', '/run'],
    files: ({ address, upstream, protection }) => ({
      'kresd.conf': `net.listen('${address}', 53, { kind = 'dns' })
        trust_anchors.remove('.')
        cache.size = 10 * MB
        cache.min_ttl(0)
        ${
          protection
            ? `modules.load('rebinding < iterate')
        policy.add(policy.suffix(policy.FLAGS('ALLOW_LOCAL'), policy.todnames({${quoted(protection.except).join()}})))`
            : ''
        }
        policy.add(policy.all(policy.FORWARD({'${upstream}'})))\n`,
    }),
  },
  {
    name: 'systemd-resolved',
    exception: undefined,
    command: ['/lib/systemd/systemd-resolved'],
    wantsLink: true,
    files: ({ address, upstream }) => ({
      'systemd/resolved.conf.d/lab.conf': `[Resolve]\nDNS=${upstream}\nFallbackDNS=\nDomains=~.\nDNSSEC=no
LLMNR=no\nMulticastDNS=no\nDNSStubListenerExtra=${address}\nReadEtcHosts=no\n`,
    }),
  },
];

function quoted(hosts: readonly string[]): string[] {
  return hosts.map((host) => `"${host}"`);
}

/** The tree with these servers in it. @throws Error where it has not been built */
export function forwardersTree(): string {
  const script = inCheckout('test/lab/hosts/machine/build-tree.sh');
  const path = execFileSync(script, ['forwarders', '--path'], { encoding: 'utf8' }).trim();
  if (!existsSync(path)) throw new Error(`no ${path}: test/forwarders/run.sh builds it`);
  return path;
}

/** All that it writes goes into a directory of its own. */
const enter =
  'mount --bind "$1" "$2/run"; mount -t proc proc "$2/proc"; cd "$2"; shift 2; exec chroot . "$@"';

/** For its start, in milliseconds. */
const patienceMs = 20_000;

/**
 * Starts one in the tree, which stays as it is. Resolves once it forwards a question for `probe`.
 * @throws Error with what it last said, when it does not
 */
export async function startForwarder(
  { name, command, files, wantsLink }: Forwarder,
  forwarding: Forwarding,
  probe: string,
  tree: string,
): Promise<{ close(): Promise<void> }> {
  const run = await makeTemporaryDirectory(name);
  // Some of them give root up.
  chmodSync(run, 0o755);
  for (const [path, text] of Object.entries(files(forwarding))) {
    mkdirSync(dirname(join(run, path)), { recursive: true });
    writeFileSync(join(run, path), text);
  }
  if (wantsLink) addLink();
  const child = spawn(
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', 'unshare', '--mount', '--propagation', 'private'],
      ...['sh', '-euc', enter, 'sh', run, tree, ...command],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = `${said}${text}`.slice(-2_000);
    });
  }
  try {
    await untilItForwards(child, forwarding.address, probe);
  } catch (cause) {
    await endChild(child, 5_000);
    throw new Error(`${name} does not forward: ${said}`, { cause });
  }
  return { close: () => endChild(child, 5_000) };
}

async function untilItForwards(child: ChildProcess, address: string, probe: string): Promise<void> {
  const view = createNameserverView(address, { timeoutMs: 500 });
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const [answer] = await view.lookUp([probe], AbortSignal.timeout(patienceMs));
    const isAnswered =
      answer?.source === 'dns' &&
      answer.answers.every(({ a }) => a.status === 'answered' && a.records.length > 0);
    if (isAnswered) return;
    if (child.exitCode !== null || performance.now() > deadline) throw new Error('no answer');
    await delay(100);
  }
}
