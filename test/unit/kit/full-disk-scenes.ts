// Started by full-disk.ts: SCENE DIRECTORY, where DIRECTORY has room for 64 KiB. Prints what came of it as JSON.
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInventoryNote, inventoryFile } from '../../../src/daemon/inventory-note.ts';
import { createJournalFile } from '../../../src/daemon/journal-file.ts';
import { createSsmInventory } from '../../../src/daemon/ssm-inventory.ts';
import { writeFileAtomic } from '../../../src/kit/atomic-file.ts';
import { errorCodeOf } from '../../../src/kit/problem.ts';
import { emptyJournal } from '../../../src/reconcile/journal.ts';
import { writeBundleOf } from '../doctor/bundle-stage.ts';
import { Story } from '../reconcile/story.ts';
import { statusOf } from '../report/stage.ts';

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

/** What is told while the record cannot be written, and what is read of it then and afterwards. */
function ssmInventory(prevent: () => void, allow: () => void): unknown {
  const place = join(directory, 'custom');
  mkdirSync(place, { mode: 0o700 });
  const told: string[] = [];
  const { publish } = createSsmInventory({
    setting: place,
    ssmDir: '',
    note: createInventoryNote(join(directory, 'state')),
    clock: { now: () => ({ monoMs: 0, wallMs: 0 }) },
    log: (code, { problem } = {}) => told.push(`${code} ${problem}`),
  });
  const phase = (): unknown =>
    JSON.parse(readFileSync(join(place, inventoryFile), 'utf8'))['Content']['Phase'];
  const story = new Story();
  story.sketch = { agent: { path: 'private' } };
  story.look();
  const settled = statusOf(story);
  publish(settled);
  prevent();
  publish({ ...settled, phase: 'blocked' });
  publish({ ...settled, phase: 'blocked' });
  const phases = [phase()];
  allow();
  publish({ ...settled, phase: 'blocked' });
  return { told, phases: [...phases, phase()], names: readdirSync(place) };
}

async function supportBundle(): Promise<unknown> {
  fill();
  const path = join(directory, 'case.tar.gz');
  const code = await writeBundleOf({ path, agentLog: '/nowhere', journal: '' }).catch(errorCodeOf);
  return { code, names: readdirSync(directory) };
}

const remount = (how: string) => execFileSync('mount', ['-o', `remount,${how}`, directory]);

const scenes: Record<string, () => unknown> = {
  'atomic-file': atomicFile,
  'journal-file': journalFile,
  'support-bundle': supportBundle,
  'ssm-inventory': () => ssmInventory(fill, () => rmSync(filler)),
  'ssm-inventory-read-only': () =>
    ssmInventory(
      () => remount('ro'),
      () => remount('rw'),
    ),
};
console.log(JSON.stringify(await scenes[scene ?? '']?.()));
