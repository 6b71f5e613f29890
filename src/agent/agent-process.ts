import { readdirSync } from 'node:fs';
import { readText, unlessGone } from '../kit/files.ts';
import { type ProcessStat, parseProcessStat } from './process-stat.ts';

/** An agent has a handful of descendants; the bound keeps a fork bomb from becoming ours. */
const MAX_PROCESSES = 64;

/**
 * The process and its descendants, itself first: with `init: true` the container's first process is tini, and
 * the agent is its child. Empty when there is no such process. Throws when /proc cannot be read.
 */
export function readProcessTree(procDir: string, pid: number): readonly number[] {
  const tree: number[] = [];
  const waiting = [pid];
  for (
    let next = waiting.shift();
    next !== undefined && tree.length < MAX_PROCESSES;
    next = waiting.shift()
  ) {
    const children = readChildren(procDir, next);
    if (children === undefined) continue;
    tree.push(next);
    waiting.push(...children.filter((child) => !tree.includes(child)));
  }
  return tree;
}

/** Undefined when there is no such process. Any of its threads may have started a child. */
function readChildren(procDir: string, pid: number): readonly number[] | undefined {
  const threads = unlessGone(() => readdirSync(`${procDir}/${pid}/task`));
  return threads?.flatMap((thread) => {
    const text = readText(`${procDir}/${pid}/task/${thread}/children`, 'latin1') ?? '';
    return text
      .split(' ')
      .filter((word) => word.trim() !== '')
      .map(Number);
  });
}

/**
 * Whether a process that the Engine named is not there any more. Only a /proc that shows the Engine itself can tell: that
 * of a container shows none of the host's. False where it cannot be read.
 */
export function isProcessGone(procDir: string, pid: number): boolean {
  try {
    return !isRunning(procDir, pid) && showsEngine(procDir);
  } catch {
    return false;
  }
}

/**
 * Whether there is such a process that has not ended. Asked after its files were read: what was not found of one that ended
 * meanwhile proves nothing. Throws when /proc cannot be read.
 */
export function isRunning(procDir: string, pid: number): boolean {
  const stat = readProcessStat(procDir, pid);
  return stat !== undefined && !stat.zombie;
}

function showsEngine(procDir: string): boolean {
  return readdirSync(procDir).some(
    (entry) => /^\d+$/.test(entry) && readProcessStat(procDir, Number(entry))?.comm === 'dockerd',
  );
}

/** Undefined when there is no such process. Throws when /proc cannot be read. */
export function readProcessStat(procDir: string, pid: number): ProcessStat | undefined {
  const text = readText(`${procDir}/${pid}/stat`);
  return text === undefined ? undefined : parseProcessStat(text);
}
