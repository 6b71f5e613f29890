import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { readTail } from '../kit/files.ts';
import type { Problem } from '../kit/problem.ts';
import { LOG_TAIL_BYTES, lastWebsocketHost, reachesBefore } from './agent-log.ts';
import { type AgentSays, agentSays, ecsInitSays } from './agent-says.ts';

/** Where debug lines hide what is looked for. */
const LONG_TAIL_BYTES = 1_048_576;

/** The file that is written, and what was there before the log was rolled, or the hour changed. */
const MAX_FILES = 3;

export interface AgentLogSays extends AgentSays {
  /** Host of the last websocket to ACS. */
  readonly lastWebsocketHost: string | undefined;
}

export interface AgentLogReader {
  /** What the agent has logged since then. Never throws; what cannot be read says nothing. */
  agent(sinceWallMs: number | undefined): AgentLogSays;
  /** Why ecs-init could not start it, where that is what its own log, in the same directory, says last since then. */
  ecsInit(sinceWallMs: number): Problem | undefined;
}

/** @param path the agent's log; undefined or empty where there is none to read */
export function createAgentLogReader(path: string | undefined): AgentLogReader {
  const ofAgent = unlessUnchanged((files, since) => {
    const text = readEnds(files, since, (end) => lastWebsocketHost(end, since) !== undefined);
    return { lastWebsocketHost: lastWebsocketHost(text, since), ...agentSays(text, since) };
  });
  const ofEcsInit = unlessUnchanged((files, since) =>
    ecsInitSays(
      readEnds(files, since, (end) => ecsInitSays(end, since) !== undefined),
      since,
    ),
  );

  return {
    agent: (since) => ofAgent(path ? logFiles(path) : [], since),
    ecsInit: (since) => {
      const said = ofEcsInit(path ? logFiles(join(dirname(path), 'ecs-init.log')) : [], since);
      return said === 'ran' ? undefined : said;
    },
  };
}

interface LogFile {
  readonly path: string;
  readonly mtimeMs: number;
  readonly size: number;
}

/**
 * The log and its siblings (`ecs-agent.log.2025-11-26-18`: a name with the hour may be the one that is written), newest
 * first.
 */
function logFiles(path: string): readonly LogFile[] {
  const directory = dirname(path);
  try {
    return readdirSync(directory)
      .filter((name) => name.startsWith(basename(path)) && !/\.(gz|bz2|xz|zip)$/.test(name))
      .flatMap((name) => {
        const stats = statSync(join(directory, name), { throwIfNoEntry: false });
        return stats?.isFile()
          ? [{ path: join(directory, name), mtimeMs: stats.mtimeMs, size: stats.size }]
          : [];
      })
      .sort((one, other) => other.mtimeMs - one.mtimeMs)
      .slice(0, MAX_FILES);
  } catch {
    return [];
  }
}

/** The end of a log over its files, oldest line first: as much as is enough, or goes back to then. */
function readEnds(
  files: readonly LogFile[],
  sinceWallMs: number | undefined,
  isEnough: (text: string) => boolean,
): string {
  let text = '';
  for (const { path, mtimeMs, size } of files) {
    if (sinceWallMs !== undefined && mtimeMs < sinceWallMs) break;
    const later = text;
    for (const bytes of [LOG_TAIL_BYTES, LONG_TAIL_BYTES]) {
      text = `${readTail(path, bytes) ?? ''}\n${later}`;
      if (isEnough(text) || reachesBefore(text, sinceWallMs)) return text;
      if (size <= bytes) break;
    }
  }
  return text;
}

/** Gives the last result again while the files and the question are the same. */
function unlessUnchanged<Result>(
  read: (files: readonly LogFile[], sinceWallMs: number | undefined) => Result,
): typeof read {
  let last: { readonly of: string; readonly result: Result } | undefined;
  return (files, since) => {
    const of = [since, ...files.map(({ path, mtimeMs, size }) => `${path} ${mtimeMs} ${size}`)].join();
    if (last?.of !== of) last = { of, result: read(files, since) };
    return last.result;
  };
}
