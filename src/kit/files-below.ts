import { lstatSync, readdirSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { readBytes, unlessGone } from './files.ts';

/** As many as the kernel follows. */
const MAX_LINKS = 40;

/**
 * A path of another root directory (`/proc/PID/root`) as one of ours, with its symbolic links followed as a process there
 * would: the kernel takes an absolute one, and `..`, for a way out of it. Undefined when there is no such file, or no end.
 * What is renamed meanwhile may still lead elsewhere: the file is then another one, and only read.
 */
export function pathBelow(root: string, path: string): string | undefined {
  const waiting = path.split('/').reverse();
  const found: string[] = [];
  let links = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next === '' || next === '.') continue;
    if (next === '..') {
      found.pop();
      continue;
    }
    const place = [root, ...found, next].join('/');
    const stats = unlessGone(() => lstatSync(place));
    if (stats === undefined) return undefined;
    if (!stats.isSymbolicLink()) {
      found.push(next);
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) return undefined;
    const target = readlinkSync(place);
    if (target.startsWith('/')) found.length = 0;
    waiting.push(...target.split('/').reverse());
  }
  return [root, ...found].join('/');
}

/** The text of a file of another root directory; undefined when it is missing. @throws as `readBounded` */
export function readBelow(root: string, path: string, limit: number): string | undefined {
  return readBytesBelow(root, path, limit)?.toString('utf8');
}

/** The same as bytes. */
export function readBytesBelow(root: string, path: string, limit: number): Buffer | undefined {
  const place = pathBelow(root, path);
  return place === undefined ? undefined : readBytes(place, limit);
}

/** Its state, links followed; undefined when it is missing. */
export function statBelow(root: string, path: string): Stats | undefined {
  const place = pathBelow(root, path);
  return place === undefined ? undefined : unlessGone(() => statSync(place));
}

/** Names in a directory of another root directory; none when it is missing. */
export function listBelow(root: string, path: string): readonly string[] {
  const place = pathBelow(root, path);
  return (place && unlessGone(() => readdirSync(place))) || [];
}
