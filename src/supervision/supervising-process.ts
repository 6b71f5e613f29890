import { readdirSync, readlinkSync } from 'node:fs';
import { isRunning, readProcessStat } from '../agent/agent-process.ts';
import type { ProcessStat } from '../agent/process-stat.ts';
import { readText, unlessGone } from '../kit/files.ts';

/** A process of root on the host itself that says it runs the agent. */
export interface SupervisingProcess {
  readonly pid: number;
  readonly startedMonoMs: number;
  /** `one-shot`: a command of ecs-init that ends by itself. */
  readonly kind: 'ecs-init' | 'one-shot' | 'docker-client';
  /** Its control group, as systemd made it. */
  readonly controlGroup: string;
}

export interface FoundProcesses {
  readonly processes: readonly SupervisingProcess[];
  /** One of root would be it, and whether it belongs to the host cannot be read. */
  readonly unreadable: boolean;
}

/** Name of ecs-init's process: exactly the 15 characters that the kernel keeps. */
const ECS_INIT = 'amazon-ecs-init';
/** Of ecs-init, and of Docker's clients. */
const names = /^(?:amazon-ecs-init$|docker(?!d|-proxy|-init))/;

/**
 * Processes that say they run this container. A name can be given by anybody, so it only chooses whom to look at: what
 * counts is that all their uids are root's (those of a set-uid program are not) and that their pid namespace is the
 * host's (root in a container may be anybody). Throws when /proc cannot be read.
 */
export function findSupervisingProcesses(
  procDir: string,
  container: { readonly name: string; readonly id: string | undefined },
): FoundProcesses {
  const processes: SupervisingProcess[] = [];
  let unreadable = false;
  for (const entry of readdirSync(procDir)) {
    if (!/^\d+$/.test(entry)) continue;
    const pid = Number(entry);
    const stat = statOfNamed(procDir, pid);
    if (stat === undefined) continue;
    const host = isOnHost(procDir, pid);
    // The words last: a stranger's may be megabytes, in each of thousands of processes.
    const kind = host === false ? undefined : kindOf(procDir, pid, stat.comm, container);
    if (kind === undefined) continue;
    // One that has ended meanwhile supervises nothing.
    if (host === undefined) unreadable ||= isRunning(procDir, pid);
    if (host !== true) continue;
    const controlGroup = readControlGroup(procDir, pid);
    if (controlGroup !== undefined) {
      processes.push({ pid, startedMonoMs: stat.startedMonoMs, kind, controlGroup });
    }
  }
  return { processes, unreadable };
}

/** Undefined where it has ended, has another name, or is not root's. */
function statOfNamed(procDir: string, pid: number): ProcessStat | undefined {
  const stat = readProcessStat(procDir, pid);
  return stat && !stat.zombie && names.test(stat.comm) && isRoot(procDir, pid) ? stat : undefined;
}

/** Whether it is the process that was seen before, and has not ended. */
export function stillRuns(procDir: string, { pid, startedMonoMs }: SupervisingProcess): boolean {
  try {
    const stat = readProcessStat(procDir, pid);
    return stat !== undefined && !stat.zombie && stat.startedMonoMs === startedMonoMs;
  } catch {
    return false;
  }
}

/** Longest chain of wrapper scripts. */
const MAX_ANCESTORS = 16;

/**
 * Whether `ancestor` has started it, itself or through processes that are all root's. A job of cron is in cron's control
 * group too, but the shell that runs it is its user's.
 */
export function isStartedBy(procDir: string, pid: number, ancestor: number): boolean {
  let current = pid;
  for (let count = 0; count < MAX_ANCESTORS; count += 1) {
    const status = readText(`${procDir}/${current}/status`) ?? '';
    if (!hasRootUids(status)) return false;
    if (current === ancestor) return true;
    const parent = Number(/^PPid:\s*(\d+)/m.exec(status)?.[1] ?? 0);
    if (parent <= 1) return false;
    current = parent;
  }
  return false;
}

function kindOf(
  procDir: string,
  pid: number,
  comm: string,
  container: { readonly name: string; readonly id: string | undefined },
): SupervisingProcess['kind'] | undefined {
  const words = (readText(`${procDir}/${pid}/cmdline`) ?? '').split('\0').slice(1);
  if (comm === ECS_INIT) return words.includes('start') ? 'ecs-init' : 'one-shot';
  return isAttached(words, container) ? 'docker-client' : undefined;
}

/** `docker run --name NAME …` that was not told to detach, or `docker start -a NAME`. */
function isAttached(
  words: readonly string[],
  { name, id }: { readonly name: string; readonly id: string | undefined },
): boolean {
  if (words.includes('run')) {
    const detached = words.some((word) => /^(-d|--detach|--detach=true|-[it]*d[it]*)$/.test(word));
    return !detached && (words.includes(`--name=${name}`) || words[words.indexOf('--name') + 1] === name);
  }
  const attaches = words.some((word) => /^(-a|-ai|-ia|--attach|--attach=true)$/.test(word));
  const itsId = (word: string) => word.length >= 12 && id?.startsWith(word) === true;
  return words.includes('start') && attaches && words.some((word) => word === name || itsId(word));
}

function isRoot(procDir: string, pid: number): boolean {
  return hasRootUids(readText(`${procDir}/${pid}/status`) ?? '');
}

function hasRootUids(status: string): boolean {
  return /^Uid:\s+0\s+0\s+0\s+0\s*$/m.test(status);
}

/** Undefined when that cannot be read. */
function isOnHost(procDir: string, pid: number): boolean | undefined {
  const host = pidNamespace(procDir, '1') ?? pidNamespace(procDir, 'self');
  const own = pidNamespace(procDir, String(pid));
  return host === undefined || own === undefined ? undefined : own === host;
}

function pidNamespace(procDir: string, pid: string): string | undefined {
  try {
    return readlinkSync(`${procDir}/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}

/** systemd's hierarchy of version 1, else the one of version 2. */
function readControlGroup(procDir: string, pid: number): string | undefined {
  const text = unlessGone(() => readText(`${procDir}/${pid}/cgroup`)) ?? '';
  return (/^\d+:name=systemd:(\/.*)$/m.exec(text) ?? /^0::(\/.*)$/m.exec(text))?.[1];
}
