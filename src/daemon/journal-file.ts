import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../kit/atomic-file.ts';
import { readBounded } from '../kit/files.ts';
import { errorCodeOf, messageOf, type Problem } from '../kit/problem.ts';
import type { Journal } from '../reconcile/journal.ts';
import { type JournalReading, type LaterJournal, readJournal } from '../reconcile/journal-reading.ts';

/** The one file that outlives the daemon: `STATE_DIR/state.json`. */
export interface JournalFile {
  /** What it holds. Never rejects. */
  load(): Promise<LoadedJournal>;
  /** Resolves once it is on disk, or to the problem that kept it from getting there. Never rejects. */
  save(journal: Journal): Promise<Problem | undefined>;
}

export interface LoadedJournal {
  readonly journal: Journal | undefined;
  /** Where a file lies now that is corrupt (and so counts as none), or a copy of a later version's. */
  readonly setAside: string | undefined;
  readonly problem: Problem | undefined;
  /** What was made of a later version's. */
  readonly later?: LaterJournal;
}

/** A journal has less than 2 KB. */
export const largestJournal = 64 * 1024;

export function journalPath(stateDir: string): string {
  return join(stateDir, 'state.json');
}

export function createJournalFile(stateDir: string): JournalFile {
  const path = journalPath(stateDir);

  function load(): LoadedJournal {
    const none = { journal: undefined, setAside: undefined, problem: undefined };
    let text: string | undefined;
    try {
      text = readBounded(path, largestJournal);
    } catch (error) {
      return { ...none, problem: notReadable(path, error) };
    }
    if (text === undefined) return none;
    const reading = parseJournal(text);
    if (reading && !reading.later) return { ...none, ...reading };
    // One place each: a file that is set aside at every start must not fill the disk.
    const setAside = `${path}.${reading ? 'later' : 'corrupt'}`;
    try {
      // What is understood of it must stay on disk until it is saved in our form.
      if (reading) writeFileAtomic(setAside, text, { mode: 0o600, durable: true });
      else renameSync(path, setAside);
    } catch {
      // A read-only directory: saving will report it.
    }
    return { ...none, ...reading, setAside };
  }

  function save(journal: Journal): Problem | undefined {
    try {
      mkdirSync(stateDir, { recursive: true, mode: 0o700 });
      writeFileAtomic(path, `${JSON.stringify(journal)}\n`, { mode: 0o600, durable: true });
      return undefined;
    } catch (error) {
      return notWritable(path, error);
    }
  }

  return { load: () => Promise.resolve(load()), save: (journal) => Promise.resolve(save(journal)) };
}

function parseJournal(text: string): JournalReading | undefined {
  try {
    return readJournal(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function notReadable(path: string, error: unknown): Problem {
  return {
    code: 'state-unreadable',
    message: `${path} cannot be read: ${messageOf(error)}`,
    advice: 'Run as root, and check the file and its directory with `ls -la`.',
  };
}

function notWritable(path: string, error: unknown): Problem {
  const full = errorCodeOf(error) === 'ENOSPC' || errorCodeOf(error) === 'EDQUOT';
  return {
    code: 'state-unwritable',
    message: `${path} cannot be written (${messageOf(error)}); without it no restart is made`,
    advice: full
      ? 'Free space on that file system (`df -h`, `df -i`).'
      : 'Make its directory writable for root (read-only mount? wrong owner?), or set ECS_PRIVATELINKD_STATE_DIR.',
  };
}
