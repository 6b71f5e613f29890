import { readdirSync, realpathSync, statSync } from 'node:fs';
import { daemonJsonPath, parseDockerdDns } from '../endpoints/dockerd-dns.ts';
import type { DockerdDns } from '../endpoints/next-resolver.ts';
import { createMemory } from '../kit/age.ts';
import { budgets } from '../kit/budgets.ts';
import type { Clock } from '../kit/clock.ts';
import { readLines, readText } from '../kit/files.ts';
import { readBelow, statBelow } from '../kit/files-below.ts';
import { messageOf } from '../kit/problem.ts';
import { readProcessStat } from './agent-process.ts';
import { readHeldSockets } from './agent-sockets.ts';

/** What is known of dockerd's settings. */
export interface DockerdSeen {
  readonly dns: DockerdDns | undefined;
  /** Why that may not be what it uses; undefined when it is. */
  readonly doubt: string | undefined;
}

/** Nothing tells when a dockerd appears where there was none. */
const noneForMs = 60_000;
/** A file written while dockerd was starting; process times are told in ticks of 10 ms. */
const startingMs = 1_000;

/**
 * Reads the settings of the dockerd that listens at the socket: once for each process, because it takes these from its command
 * line and daemon.json when it starts, and from nothing later. Never throws; the same object as long as it is the same process.
 */
export function createDockerdReader(options: {
  readonly procDir: string;
  readonly socketPath: string;
  readonly clock: Clock;
}): () => DockerdSeen {
  const { procDir, socketPath, clock } = options;
  const none = createMemory<DockerdSeen>(() => clock.now().monoMs);
  let known: { readonly pid: number; readonly startedMonoMs: number; readonly seen: DockerdSeen } | undefined;

  return () => {
    try {
      if (known && readProcessStat(procDir, known.pid)?.startedMonoMs === known.startedMonoMs) {
        return known.seen;
      }
      known = undefined;
      const recent = none.recall(noneForMs);
      if (recent) return recent;
      const pid = findDockerd(procDir, socketPath);
      const startedMonoMs = pid === undefined ? undefined : readProcessStat(procDir, pid)?.startedMonoMs;
      if (pid !== undefined && startedMonoMs !== undefined) {
        known = { pid, startedMonoMs, seen: readSettings(procDir, pid, startedMonoMs, clock) };
        return known.seen;
      }
      none.keep({ dns: undefined, doubt: `no process named dockerd was seen to listen at ${socketPath}` });
    } catch (thrown) {
      none.keep({ dns: undefined, doubt: `dockerd cannot be looked at: ${messageOf(thrown)}` });
    }
    return none.recall(Number.POSITIVE_INFINITY) ?? { dns: undefined, doubt: undefined };
  };
}

function readSettings(procDir: string, pid: number, startedMonoMs: number, clock: Clock): DockerdSeen {
  const root = `${procDir}/${pid}/root`;
  const words = (readText(`${procDir}/${pid}/cmdline`) ?? '').split('\0');
  const path = daemonJsonPath(words);
  try {
    const dns = parseDockerdDns(words, readBelow(root, path, budgets.settingsBytes));
    const { wallMs, monoMs } = clock.now();
    // It writes this one when it starts: two times of the disk stay in order when the clock is set.
    const startedMs = statBelow(root, '/run/docker.pid')?.mtimeMs ?? wallMs - (monoMs - startedMonoMs);
    // The time of its last change of any kind: that of its content can be set.
    const changedMs = statBelow(root, path)?.ctimeMs ?? 0;
    // What was not found of one that has ended tells nothing.
    if (readProcessStat(procDir, pid)?.startedMonoMs !== startedMonoMs) throw new Error('dockerd has ended');
    return {
      dns,
      doubt:
        changedMs > startedMs + startingMs
          ? `${path} was changed after dockerd started, which reads it at its start only`
          : undefined,
    };
  } catch (thrown) {
    return { dns: undefined, doubt: `${path} cannot be used: ${messageOf(thrown)}` };
  }
}

/**
 * Root's, or this process's own user's: a user's own name space of mounts has a path of the socket's name too, and the
 * table of sockets tells both. A container on the host's network may still have one.
 *
 * @throws Error where there are several
 */
function findDockerd(procDir: string, socketPath: string): number | undefined {
  const trusted = [0, process.geteuid?.()];
  const candidates = readdirSync(procDir)
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => readProcessStat(procDir, pid)?.comm === 'dockerd')
    .filter((pid) => trusted.includes(statSync(`${procDir}/${pid}`).uid))
    .map((pid) => ({ pid, held: readHeldSockets(procDir, pid) }));
  if (candidates.length === 0) return undefined;
  const inodes = listenersAt(procDir, socketPath, (inode) => candidates.some(({ held }) => held.has(inode)));
  const pids = candidates.filter(({ held }) => inodes.some((inode) => held.has(inode))).map(({ pid }) => pid);
  if (pids.length > 1)
    throw new Error(`several processes of that name (${pids.join(', ')}) listen at ${socketPath}`);
  return pids[0];
}

/** `Num RefCount Protocol Flags Type St Inode Path`; the flag says that it listens. */
const listener = /^\S+: \S+ \S+ 00010000 \S+ \S+ +(\d+) (\/.*)$/gm;

/** Others may have as many as they like, at paths that are not to be walked. */
function listenersAt(
  procDir: string,
  socketPath: string,
  isHeld: (inode: number) => boolean,
): readonly number[] {
  const wanted = realpathSync(socketPath);
  const inodes: number[] = [];
  readLines(`${procDir}/self/net/unix`, budgets.tcpTableBytes, (lines) => {
    for (const [, text, path = ''] of lines.matchAll(listener)) {
      const inode = Number(text);
      if (isHeld(inode) && (path === wanted || path === socketPath || isLinkTo(path, wanted))) {
        inodes.push(inode);
      }
    }
    return false;
  });
  return inodes;
}

/** /var/run is a link to /run. */
function isLinkTo(path: string, wanted: string): boolean {
  try {
    return path.endsWith(wanted.slice(wanted.lastIndexOf('/'))) && realpathSync(path) === wanted;
  } catch {
    return false;
  }
}
