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

/** Undefined when there is no such process. Throws when /proc cannot be read. */
export function readProcessStat(procDir: string, pid: number): ProcessStat | undefined {
  const text = readText(`${procDir}/${pid}/stat`);
  return text === undefined ? undefined : parseProcessStat(text);
}
