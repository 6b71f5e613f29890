import { statSync } from 'node:fs';
import { budgets } from '../kit/budgets.ts';
import { readBounded, versionOf } from '../kit/files.ts';
import { messageOf, type Problem } from '../kit/problem.ts';

/** A file's parsed content. The same object as long as the file is unchanged. */
export interface WatchedContent<Value> {
  readonly value: Value;
  /** Set when the file is there but cannot be read; `value` is then that of an empty file. */
  readonly problem: Problem | undefined;
}

export interface WatchedFile<Value> {
  /** One stat; the file is read again only when its time, inode or size differs. Never throws. */
  read(): WatchedContent<Value>;
}

/**
 * A text file parsed when it changes. A missing file reads as an empty one. Synchronous on purpose: a stat of a
 * local file costs less than handing it to a worker thread.
 */
export function watchFile<Value>(path: string, parse: (text: string) => Value): WatchedFile<Value> {
  let version: string | undefined;
  let content: WatchedContent<Value> = { value: parse(''), problem: undefined };

  function read(): WatchedContent<Value> {
    try {
      const seen = fileVersion(path);
      if (seen === version) return content;
      content = { value: parse(readBounded(path, budgets.fileBytes) ?? ''), problem: undefined };
      version = seen;
    } catch (error) {
      content = { value: parse(''), problem: unreadable(path, error) };
      version = 'unreadable';
    }
    return content;
  }

  return { read };
}

/**
 * A text that differs once the file has changed; undefined when there is no such file.
 * @throws the system error when its directory may not be searched
 */
export function fileVersion(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats && versionOf(stats);
}

function unreadable(path: string, error: unknown): Problem {
  return {
    code: 'dns-file-unreadable',
    message: `${path} cannot be read: ${messageOf(error)}`,
    advice: `Let the daemon's user read it (ls -lZ ${path}); without it the names cannot be looked up as the agent will.`,
  };
}
