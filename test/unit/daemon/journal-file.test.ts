import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createJournalFile } from '../../../src/daemon/journal-file.ts';
import { emptyJournal } from '../../../src/reconcile/journal.ts';
import { temporaryDirectories } from '../kit/temporary-directory.ts';
import { restarted } from '../reconcile/story.ts';

const none = { journal: undefined, setAside: undefined, problem: undefined };

describe('the state file', () => {
  const temporaryDirectory = temporaryDirectories();

  it('comes back as it was saved, readable by its owner only', async () => {
    const directory = join(await temporaryDirectory(), 'var', 'lib');
    const { journal } = restarted().state;
    expect(await createJournalFile(directory).save(journal)).toBeUndefined();
    expect(await createJournalFile(directory).load()).toEqual({ ...none, journal });
    expect((await stat(join(directory, 'state.json'))).mode & 0o777).toBe(0o600);
    expect(await readdir(directory)).toEqual(['state.json']);
  });

  it('is none before the first save', async () => {
    expect(await createJournalFile(join(await temporaryDirectory(), 'absent')).load()).toEqual(none);
  });

  it.each([
    ['cut short', JSON.stringify(emptyJournal('b', 1)).slice(0, -5)],
    ['empty', ''],
    ['of zeros, as after a power cut', '\0\0\0\0\0\0\0\0'],
    ['of a later version', JSON.stringify({ ...emptyJournal('b', 1), version: 2 })],
    ['something else', '[]'],
  ])('that is %s is set aside, in one place only, and the next save works', async (_, text) => {
    const directory = await temporaryDirectory();
    const path = join(directory, 'state.json');
    const file = createJournalFile(directory);
    for (let start = 0; start < 3; start += 1) {
      await writeFile(path, text);
      expect(await file.load()).toEqual({ ...none, setAside: `${path}.corrupt` });
    }
    expect(await readdir(directory)).toEqual(['state.json.corrupt']);
    expect(await readFile(`${path}.corrupt`, 'utf8')).toBe(text);
    expect(await file.load()).toEqual(none);
    expect(await file.save(emptyJournal('b', 1))).toBeUndefined();
  });

  it('that cannot be read or written is a problem with what to do, not an error', async () => {
    const directory = await temporaryDirectory();
    const under = join(directory, 'file', 'state');
    await writeFile(join(directory, 'file'), '');
    const file = createJournalFile(under);
    expect(await file.load()).toMatchObject({ journal: undefined, problem: { code: 'state-unreadable' } });
    const problem = await file.save(emptyJournal('b', 1));
    expect(problem).toMatchObject({ code: 'state-unwritable' });
    expect(problem?.message).toContain(`${under}/state.json cannot be written`);
    expect(problem?.advice).toMatch(/ECS_PRIVATELINKD_STATE_DIR/);

    const taken = await temporaryDirectory();
    await mkdir(join(taken, 'state.json'));
    expect(await createJournalFile(taken).save(emptyJournal('b', 1))).toMatchObject({
      code: 'state-unwritable',
    });
  });

  it('on a full disk keeps the old content and says how to find room', async () => {
    const directory = await temporaryDirectory();
    const file = createJournalFile(directory);
    await file.save(emptyJournal('old', 1));
    await symlink('/dev/full', join(directory, 'state.json.tmp'));
    const problem = await file.save(emptyJournal('new', 2));
    expect(problem).toMatchObject({ code: 'state-unwritable', advice: expect.stringContaining('df -h') });
    expect((await file.load()).journal?.bootId).toBe('old');
    // The failed attempt took the way with it; the next one works.
    expect(await file.save(emptyJournal('new', 2))).toBeUndefined();
  });
});
