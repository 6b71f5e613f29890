import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { makeTemporaryDirectory } from '../../temporary-directory.ts';
import { type DnsServer, endpointTtl, queryCounts } from './dns-server.ts';

/** For its start, and for every change. */
const readTimeoutMs = 5_000;

export interface DnsmasqOptions {
  readonly addresses: readonly string[];
  readonly port?: number;
  readonly records?: Readonly<Record<string, readonly string[]>>;
  /** Conditional forwarding: domain → DNS server that answers for it and for the names below it. */
  readonly forward?: Readonly<Record<string, string>>;
  /** Further lines of dnsmasq.conf, such as `stop-dns-rebind`. */
  readonly lines?: readonly string[];
}

export interface Dnsmasq extends DnsServer {
  readonly pid: number;
  /** Replaces the conditional forwarding. A name with a record of its own is never forwarded. */
  setForward(forward: Readonly<Record<string, string>>): Promise<void>;
}

/**
 * Debian's dnsmasq as the DNS server of a host. Its records and forwardings are files that it reads anew on
 * SIGHUP; it logs the end of that reading, which is what the changes here wait for. Needs `dnsmasq-base`.
 */
export async function startDnsmasq(options: DnsmasqOptions): Promise<Dnsmasq> {
  const { addresses, port = 53 } = options;
  const [address] = addresses;
  if (address === undefined) throw new Error('dnsmasq needs an address to listen on');
  const records = new Map(Object.entries(options.records ?? {}));
  let forward = options.forward ?? {};
  const counts = queryCounts();
  const directory = await makeTemporaryDirectory('dnsmasq');
  const hostsFile = join(directory, 'hosts');
  const serversFile = join(directory, 'servers');

  async function writeFiles(): Promise<void> {
    const hosts = [...records].flatMap(([host, list]) => list.map((item) => `${item} ${host}\n`));
    const servers = Object.entries(forward).map(([domain, server]) => `server=/${domain}/${server}\n`);
    await writeFile(hostsFile, hosts.join(''));
    await writeFile(serversFile, servers.join(''));
  }

  await writeFiles();
  const child = spawn(
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', 'dnsmasq', '--conf-file=/dev/null', '--pid-file=', '--log-queries'],
      // In the foreground, logging to standard error, and under the user it was started by.
      '--no-daemon',
      ...['--no-resolv', '--no-hosts', `--addn-hosts=${hostsFile}`, `--servers-file=${serversFile}`],
      // Names that are neither in the records nor forwarded do not exist.
      ...['--local=/#/', '--cache-size=0', `--local-ttl=${endpointTtl}`, '--bind-interfaces'],
      ...addresses.map((item) => `--listen-address=${item}`),
      `--port=${port}`,
      ...(options.lines ?? []).map((line) => `--${line}`),
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const log: string[] = [];
  let reads = 0;
  const waiting = new Set<() => void>();
  const wakeAll = () => {
    for (const wake of waiting) wake();
  };
  let ended = false;
  for (const event of ['exit', 'error']) {
    child.on(event, () => {
      ended = true;
      wakeAll();
    });
  }
  createInterface({ input: child.stderr }).on('line', (line) => {
    const query = / query\[(\w+)\] (\S+) from /.exec(line);
    if (query !== null) counts.add(query[2] ?? '', query[1] ?? '');
    else log.push(line);
    if (line.includes(` read ${hostsFile} - `)) {
      reads += 1;
      wakeAll();
    }
  });

  /** Resolves once the files were read more than `before` times. */
  async function nextRead(before: number): Promise<void> {
    const deadline = performance.now() + readTimeoutMs;
    while (reads <= before) {
      if (ended || performance.now() > deadline) {
        throw new Error(`dnsmasq does not answer:\n${log.slice(-8).join('\n')}`);
      }
      await new Promise<void>((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, deadline - performance.now() + 1);
        waiting.add(wake);
      });
    }
  }

  // One change at a time: what is waited for is the reading that follows the change's own signal.
  let last: Promise<void> = Promise.resolve();
  function reload(change: () => void): Promise<void> {
    const result = last.then(async () => {
      change();
      await writeFiles();
      const before = reads;
      child.kill('SIGHUP');
      await nextRead(before);
    });
    last = result.catch(() => undefined);
    return result;
  }

  function setRecords(changes: Readonly<Record<string, readonly string[]>>): Promise<void> {
    return reload(() => {
      for (const [host, list] of Object.entries(changes)) records.set(host, list);
    });
  }

  try {
    await nextRead(0);
  } catch (error) {
    await end(child, directory);
    throw error;
  }
  return {
    address,
    pid: child.pid ?? 0,
    setRecord: (host, list) => setRecords({ [host]: list }),
    setRecords,
    setForward: (next) =>
      reload(() => {
        forward = next;
      }),
    queries: counts.of,
    totalQueries: counts.total,
    close: () => end(child, directory),
  };
}

async function end(child: ChildProcess, directory: string): Promise<void> {
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }
  await rm(directory, { recursive: true, force: true });
}
