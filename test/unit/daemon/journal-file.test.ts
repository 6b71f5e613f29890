import { copyFile, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createJournalFile } from '../../../src/daemon/journal-file.ts';
import { emptyJournal } from '../../../src/reconcile/journal.ts';
import { canFillDisk, onFullDisk } from '../kit/full-disk.ts';
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
    ['of an earlier version than there has been', JSON.stringify({ ...emptyJournal('b', 1), version: 0 })],
    ['of a later version and without what each must have', JSON.stringify({ version: 2, intent: {} })],
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

  it('of a later version is copied to a file of our own, not through a link', async () => {
    const directory = await temporaryDirectory();
    const victim = join(await temporaryDirectory(), 'victim');
    await writeFile(victim, 'untouched');
    await symlink(victim, join(directory, 'state.json.later'));
    await writeFile(join(directory, 'state.json'), JSON.stringify({ ...emptyJournal('b', 1), version: 2 }));
    const { setAside } = await createJournalFile(directory).load();
    expect(setAside).toBe(join(directory, 'state.json.later'));
    expect(await readFile(victim, 'utf8')).toBe('untouched');
  });

  it('of the first version is read forever', async () => {
    const directory = await temporaryDirectory();
    await copyFile(new URL('journal-version-1.json', import.meta.url), join(directory, 'state.json'));
    const { journal, ...rest } = await createJournalFile(directory).load();
    expect(rest).toEqual({ setAside: undefined, problem: undefined });
    expect(journal).toEqual({
      version: 1,
      bootId: '8b2ff6b3-2dfb-4c8f-9f4e-0a8f3f2f0f6d',
      instanceId: 'i-0123456789abcdef0',
      savedMonoMs: 845_120,
      transition: { privateSinceMonoMs: 812_000, privateSinceWallMs: 1_790_000_000_000, attempts: 1 },
      intent: {
        verb: 'kill',
        supervised: true,
        unit: 'ecs.service',
        containerId: 'container-1',
        startedAt: '2026-01-02T03:04:05.678Z',
        atMonoMs: 845_100,
        acted: true,
      },
      lastRestart: { atWallMs: 1_790_000_033_100, verb: 'kill', outcome: 'pending' },
      restartsTotal: 1,
    });
  });

  describe('of a later version', () => {
    async function laterJournal(change: object) {
      const directory = await temporaryDirectory();
      const path = join(directory, 'state.json');
      const text = JSON.stringify({ ...restarted().state.journal, version: 2, ...change });
      await writeFile(path, text);
      const loaded = await createJournalFile(directory).load();
      expect(loaded).toMatchObject({ setAside: `${path}.later`, problem: undefined });
      expect(await readFile(`${path}.later`, 'utf8')).toBe(text);
      // Until it is saved in this form it is all that is known of a restart under way.
      expect(await readFile(path, 'utf8')).toBe(text);
      return loaded;
    }

    const { journal } = restarted().state;

    it('keeps the restart under way, and names what it did not understand', async () => {
      const { journal: kept, later } = await laterJournal({
        fleet: { wave: 3 },
        lastRestart: 'another form',
      });
      expect(kept?.intent).toEqual(journal.intent);
      expect(kept).toMatchObject({ version: 1, transition: journal.transition });
      expect(later).toEqual({ version: 2, lost: ['lastRestart', 'fleet'] });
    });

    it('keeps a verification', async () => {
      const verifying = { containerId: 'container-2', startedAt: 'x', sinceMonoMs: 5, deadline: 7 };
      const { journal: kept, later } = await laterJournal({ intent: undefined, verifying });
      expect(kept?.verifying).toEqual({ containerId: 'container-2', startedAt: 'x', sinceMonoMs: 5 });
      expect(later?.lost).toEqual([]);
    });

    it('takes an intent of which only the process is understood for a call that was made', async () => {
      const { containerId, startedAt, atMonoMs } = journal.intent ?? {};
      const { journal: kept, later } = await laterJournal({
        intent: { containerId, startedAt, atMonoMs, verb: 'nsenter', supervision: { unit: 'x' } },
      });
      expect(kept?.intent).toEqual({
        containerId,
        startedAt,
        atMonoMs,
        verb: 'systemctl-restart',
        supervised: false,
        unit: '',
        acted: true,
      });
      expect(later?.lost).toEqual([]);
    });

    it('says so when the intent itself is lost', async () => {
      const { journal: kept, later } = await laterJournal({ intent: { process: 4711 } });
      expect(kept?.intent).toBeUndefined();
      expect(later?.lost).toEqual(['intent']);
    });
  });

  it('that is too large to be one is a problem, in words', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'state.json'), ' '.repeat(64 * 1024 + 1));
    const { problem } = await createJournalFile(directory).load();
    expect(problem?.code).toBe('state-unreadable');
    expect(problem?.message).toMatch(/its 65537 bytes are more than/);
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

  it.runIf(canFillDisk)(
    'on a full disk keeps the old content and says how to find room; the next attempt works',
    () => {
      expect(onFullDisk('journal-file')).toEqual({
        problem: {
          code: 'state-unwritable',
          message: expect.stringContaining('ENOSPC'),
          advice: expect.stringContaining('df -h'),
        },
        bootId: 'old',
        next: null,
      });
    },
  );
});
