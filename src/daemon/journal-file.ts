import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { writeFileAtomic } from '../kit/atomic-file.ts';
import { readText } from '../kit/files.ts';
import { errorCodeOf, messageOf, type Problem } from '../kit/problem.ts';
import { type Journal, journalSchema } from '../reconcile/journal.ts';

/** The one file that outlives the daemon: `STATE_DIR/state.json`. */
export interface JournalFile {
  /** What it holds; a corrupt one is set aside (`setAside` is its new path) and counts as none. Never rejects. */
  load(): Promise<Loaded>;
  /** Resolves once it is on disk, or to the problem that kept it from getting there. Never rejects. */
  save(journal: Journal): Promise<Problem | undefined>;
}

interface Loaded {
  readonly journal: Journal | undefined;
  readonly setAside: string | undefined;
  readonly problem: Problem | undefined;
}

export function createJournalFile(stateDir: string): JournalFile {
  const path = join(stateDir, 'state.json');

  function load(): Loaded {
    const none = { journal: undefined, setAside: undefined, problem: undefined };
    let text: string | undefined;
    try {
      text = readText(path);
    } catch (error) {
      return { ...none, problem: notReadable(path, error) };
    }
    if (text === undefined) return none;
    const journal = parseJournal(text);
    if (journal) return { ...none, journal };
    // One place only: a file that is corrupt at every start must not fill the disk.
    const setAside = `${path}.corrupt`;
    try {
      renameSync(path, setAside);
    } catch {
      // A read-only directory: saving will report it.
    }
    return { ...none, setAside };
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

function parseJournal(text: string): Journal | undefined {
  try {
    const parsed = v.safeParse(journalSchema, JSON.parse(text));
    return parsed.success ? parsed.output : undefined;
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
