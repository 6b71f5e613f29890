// Started by full-disk.ts: SCENE DIRECTORY, where DIRECTORY has room for 64 KiB. Prints what came of it as JSON.
import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createJournalFile } from '../../../src/daemon/journal-file.ts';
import { writeFileAtomic } from '../../../src/kit/atomic-file.ts';
import { errorCodeOf } from '../../../src/kit/problem.ts';
import { emptyJournal } from '../../../src/reconcile/journal.ts';

const [, , scene, directory = ''] = process.argv;
const filler = join(directory, 'filler');

function fill(): void {
  const file = openSync(filler, 'w');
  try {
    for (;;) writeSync(file, Buffer.alloc(4096));
  } catch (error) {
    if (errorCodeOf(error) !== 'ENOSPC') throw error;
  } finally {
    closeSync(file);
  }
}

function atomicFile(): unknown {
  const path = join(directory, 'state.json');
  writeFileAtomic(path, 'old', { mode: 0o600, durable: false });
  fill();
  let code: unknown;
  try {
    writeFileAtomic(path, 'new', { mode: 0o600, durable: false });
  } catch (error) {
    code = errorCodeOf(error);
  }
  rmSync(filler);
  return { code, content: readFileSync(path, 'utf8'), names: readdirSync(directory) };
}

async function journalFile(): Promise<unknown> {
  const file = createJournalFile(directory);
  await file.save(emptyJournal('old', 1));
  fill();
  const problem = await file.save(emptyJournal('new', 2));
  const { journal } = await file.load();
  rmSync(filler);
  return { problem, bootId: journal?.bootId, next: (await file.save(emptyJournal('new', 2))) ?? null };
}

const scenes: Record<string, () => unknown> = { 'atomic-file': atomicFile, 'journal-file': journalFile };
console.log(JSON.stringify(await scenes[scene ?? '']?.()));
