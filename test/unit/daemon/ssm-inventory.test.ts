import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createInventoryNote, inventoryNoteExists } from '../../../src/daemon/inventory-note.ts';
import { createSsmInventory } from '../../../src/daemon/ssm-inventory.ts';
import { FLEET_RECORD_TYPE, fleetRecord, inventoryDocument } from '../../../src/report/record.ts';
import type { Status } from '../../../src/report/status-schema.ts';
import { canFillDisk, onFullDisk } from '../kit/full-disk.ts';
import { temporaryDirectories } from '../kit/temporary-directory.ts';
import { Story } from '../reconcile/story.ts';
import { statusOf } from '../report/stage.ts';
import { gather } from './ssm-agent.ts';

const temporaryDirectory = temporaryDirectories();
const isRoot = process.geteuid?.() === 0;

const settled = (() => {
  const story = new Story();
  story.sketch = { agent: { path: 'private' } };
  story.look();
  return statusOf(story);
})();
const blocked: Status = { ...settled, phase: 'blocked' };
const { instanceId } = settled.instance;

let ssmDir: string;
let stateDir: string;
/** Where the SSM agent of this instance reads. */
let custom: string;
let file: string;
let monoMs: number;
let told: string[];

beforeEach(async () => {
  ssmDir = await temporaryDirectory();
  stateDir = join(await temporaryDirectory(), 'state');
  custom = join(ssmDir, String(instanceId), 'inventory/custom');
  file = join(custom, 'ecs-privatelinkd.json');
  monoMs = 1_000_000;
  told = [];
});

/** As it begins with a daemon. */
function inventory(setting = 'auto') {
  return createSsmInventory({
    setting,
    ssmDir,
    note: createInventoryNote(stateDir),
    clock: { now: () => ({ monoMs, wallMs: 0 }) },
    log: (code, { problem, where, detail } = {}) => {
      expect(where).toBe('ssm-inventory');
      told.push(`${code} ${problem}${detail === undefined ? '' : `: ${detail}`}`);
    },
  });
}

/** What the SSM agent does when it starts. */
function ssmAgentStarts(): void {
  mkdirSync(custom, { recursive: true, mode: 0o700 });
}

/** Tells one file from the one that replaces it. */
const inode = () => statSync(file).ino;

describe('the record in the inventory', () => {
  it('is what the SSM agent reads and PutInventory takes, and nothing else is left there', () => {
    ssmAgentStarts();
    const { publish } = inventory();
    publish(blocked);
    publish(settled);
    const { items, dropped } = gather(custom);
    expect([...items]).toEqual([[FLEET_RECORD_TYPE, fleetRecord(settled)]]);
    expect(dropped.size).toBe(0);
    expect(readdirSync(custom)).toEqual(['ecs-privatelinkd.json']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(told).toEqual([]);
  });

  it('is read no matter how much there is to say, and in whatever script', () => {
    ssmAgentStarts();
    const message = '€'.repeat(5_000);
    inventory().publish({ ...settled, reason: { ...settled.reason, message, advice: message } });
    expect(gather(custom).dropped.size).toBe(0);
  });

  it('is dropped by the SSM agent for each of the faults that it cannot have', () => {
    ssmAgentStarts();
    const text = inventoryDocument(fleetRecord(settled));
    const faults: readonly (readonly [string, string, RegExp])[] = [
      ['number', text.replace('"settled"', '1'), /Phase is no string/],
      ['null', text.replace('"settled"', 'null'), /Phase is no string/],
      ['boolean', text.replace('"settled"', 'true'), /Phase is no string/],
      ['long', text.replace('settled', 'é'.repeat(2_049)), /4096 bytes/],
      ['bom', `\ufeff${text}`, /byte order mark/],
      ['cut', text.slice(0, -20), /JSON/],
      ['lower', text.replace('Custom:', 'custom:'), /TypeName/],
      ['version', text.replace('"1.0"', '"1"'), /SchemaVersion/],
      ['version-number', text.replace('"1.0"', '1.0'), /SchemaVersion/],
    ];
    for (const [name, content] of faults) {
      expect(content).not.toBe(text);
      writeFileSync(join(custom, `${name}.json`), content);
    }
    const { items, dropped } = gather(custom);
    expect(items.size).toBe(0);
    for (const [name, , why] of faults) expect(dropped.get(`${name}.json`)).toMatch(why);
  });

  it('is replaced with news, else every ten minutes', () => {
    ssmAgentStarts();
    const { publish } = inventory();
    const at = (ms: number, status = settled) => {
      monoMs += ms;
      const seenAt = new Date(Date.parse(settled.writtenAt) + monoMs).toISOString();
      publish({ ...status, writtenAt: seenAt, agent: { ...status.agent, provenAt: seenAt } });
      return inode();
    };
    const first = at(0);
    expect(at(60_000)).toBe(first);
    // What counts seconds or rounds is not news.
    expect(at(1, { ...settled, reason: { ...settled.reason, message: 'Round 2 of 3' } })).toBe(first);
    const tenMinutes = at(540_000);
    expect(tenMinutes).not.toBe(first);
    expect(at(60_000)).toBe(tenMinutes);
    const news = at(5_000, blocked);
    expect(news).not.toBe(tenMinutes);
    expect(at(5_000, blocked)).toBe(news);
    const later = new Date(Date.parse(settled.since) + 1_000).toISOString();
    expect(at(5_000, { ...blocked, since: later })).toBe(news);
    const muchLater = new Date(Date.parse(settled.since) + 60_000).toISOString();
    expect(at(5_000, { ...blocked, since: muchLater })).not.toBe(news);
    const publicAgain = inode();
    expect(
      at(5_000, { ...blocked, since: muchLater, agent: { ...blocked.agent, publicSeen: true } }),
    ).not.toBe(publicAgain);
  });

  describe('waits quietly', () => {
    it('for the directory, which it never makes', () => {
      const { publish } = inventory();
      publish(settled);
      expect(readdirSync(ssmDir)).toEqual([]);
      ssmAgentStarts();
      publish(settled);
      expect(existsSync(file)).toBe(true);
      expect(told).toEqual([]);
    });

    it('for the id of the instance', () => {
      ssmAgentStarts();
      const { publish } = inventory();
      publish({ ...settled, instance: { ...settled.instance, instanceId: null } });
      expect([readdirSync(custom), told]).toEqual([[], []]);
      publish(settled);
      expect(existsSync(file)).toBe(true);
    });

    it('for a directory that went away, and writes again at once when it is back', () => {
      ssmAgentStarts();
      const { publish } = inventory();
      publish(settled);
      rmSync(join(ssmDir, String(instanceId)), { recursive: true });
      publish(blocked);
      publish(settled);
      expect(readdirSync(ssmDir)).toEqual([]);
      ssmAgentStarts();
      publish(settled);
      expect(gather(custom).items.size).toBe(1);
      expect(told).toEqual([]);
    });
  });

  describe('goes', () => {
    it('when it is switched off, by the next daemon', () => {
      ssmAgentStarts();
      inventory().publish(settled);
      expect(inventoryNoteExists(stateDir)).toBe(true);
      writeFileSync(join(custom, 'other.json'), '{}');
      writeFileSync(`${file}.0b9a4e0c-0000-4000-8000-0123456789ab.tmp`, '{');
      inventory('off').publish(settled);
      expect(readdirSync(custom)).toEqual(['other.json']);
      expect(inventoryNoteExists(stateDir)).toBe(false);
      inventory('off').publish(settled);
      expect(told).toEqual([]);
    });

    it('when another directory is set, and when the image of a host is started as another instance', async () => {
      ssmAgentStarts();
      inventory().publish(settled);
      const other = await temporaryDirectory();
      inventory(other).publish(settled);
      expect([existsSync(file), readdirSync(other)]).toEqual([false, ['ecs-privatelinkd.json']]);
      inventory().publish({
        ...settled,
        instance: { ...settled.instance, instanceId: 'i-0fedcba9876543210' },
      });
      expect(readdirSync(other)).toEqual([]);
    });

    it('without a word when its directory is gone already', () => {
      ssmAgentStarts();
      inventory().publish(settled);
      rmSync(custom, { recursive: true });
      inventory('off').publish(settled);
      expect([inventoryNoteExists(stateDir), told]).toEqual([false, []]);
    });

    it('and no other file, whatever the note may say', () => {
      ssmAgentStarts();
      const other = join(custom, 'other.json');
      writeFileSync(other, '{}');
      mkdirSync(stateDir);
      for (const text of [other, 'ecs-privatelinkd.json', '', `${custom}/x/../other.json`, '\n/etc/passwd']) {
        writeFileSync(join(stateDir, 'ssm-inventory'), `${text}\n`);
        inventory('off').publish(settled);
        expect(readFileSync(other, 'utf8')).toBe('{}');
      }
    });
  });

  it('never makes more than 20 files of it, with which the SSM agent would send nothing at all', () => {
    ssmAgentStarts();
    const { publish } = inventory();
    for (let n = 1; n < 20; n += 1) writeFileSync(join(custom, `app-${n}.json`), '{}');
    publish(settled);
    expect(gather(custom).items.size).toBe(1);

    // What is no file counts too.
    mkdirSync(join(custom, 'directory.json'));
    publish(settled);
    publish(blocked);
    expect(existsSync(file)).toBe(false);
    expect(() => gather(custom)).not.toThrow();
    publish(blocked);
    const told20 = `problem ssm-inventory-full: ${custom} has 20 other .json files or more`;
    expect(told).toEqual([expect.stringContaining(told20)]);

    symlinkSync('nowhere', join(custom, '.dangling.json'));
    publish(blocked);
    rmSync(join(custom, '.dangling.json'));
    rmSync(join(custom, 'directory.json'), { recursive: true });
    publish(blocked);
    expect(told.slice(1)).toEqual(['problem-cleared ssm-inventory-full']);
    expect(gather(custom).items.size).toBe(1);
  });

  describe('is written in no other directory', () => {
    let victim: string;

    beforeEach(async () => {
      victim = await temporaryDirectory();
      ssmAgentStarts();
    });

    it.each([
      ['it', () => custom],
      ['one above it', () => join(custom, '..')],
    ])('when %s is replaced by a link', (_, replaced) => {
      const { publish } = inventory();
      publish(settled);
      mkdirSync(join(victim, 'custom'));
      renameSync(replaced(), `${ssmDir}/away`);
      symlinkSync(victim, replaced());
      publish(blocked);
      publish(blocked);
      expect([readdirSync(victim), readdirSync(join(victim, 'custom'))]).toEqual([['custom'], []]);
      expect(told).toEqual([expect.stringMatching(/^problem ssm-inventory-untrusted: .* it leads to /)]);

      rmSync(replaced());
      renameSync(`${ssmDir}/away`, replaced());
      publish(blocked);
      expect(told.slice(1)).toEqual(['problem-cleared ssm-inventory-untrusted']);
      expect(gather(custom).items.get(FLEET_RECORD_TYPE)).toMatchObject({ Phase: 'blocked' });
    });

    it('nor removed from one', () => {
      inventory().publish(settled);
      const other = join(victim, 'ecs-privatelinkd.json');
      writeFileSync(other, 'of another');
      renameSync(custom, `${custom}.away`);
      symlinkSync(victim, custom);
      inventory('off').publish(settled);
      expect(readFileSync(other, 'utf8')).toBe('of another');
      expect(told).toEqual([expect.stringMatching(/ssm-inventory-untrusted/)]);
    });

    it('when others may write to it', () => {
      chmodSync(custom, 0o777);
      inventory().publish(settled);
      expect(readdirSync(custom)).toEqual([]);
      expect(told).toEqual([expect.stringMatching(/others may write to it \(mode 777\)/)]);
    });

    it.runIf(isRoot)('when it belongs to another user', () => {
      chownSync(custom, 65_534, 65_534);
      inventory().publish(settled);
      expect(readdirSync(custom)).toEqual([]);
      expect(told).toEqual([expect.stringMatching(/it belongs to the user 65534/)]);
    });

    it('when it is a file', () => {
      rmSync(custom, { recursive: true });
      writeFileSync(custom, 'a file');
      inventory().publish(settled);
      expect(readFileSync(custom, 'utf8')).toBe('a file');
      expect(told).toEqual([expect.stringMatching(/ssm-inventory-unwritable: .*ENOTDIR/)]);
    });
  });

  describe('takes the place of what has its name', () => {
    beforeEach(ssmAgentStarts);

    it('of a link, and leaves alone what that leads to', async () => {
      const victim = join(await temporaryDirectory(), 'victim');
      writeFileSync(victim, 'untouched');
      symlinkSync(victim, file);
      inventory().publish(settled);
      expect(readFileSync(victim, 'utf8')).toBe('untouched');
      expect(lstatSync(file).isFile()).toBe(true);
    });

    it.runIf(isRoot)('of a file of another owner', () => {
      writeFileSync(file, '{"SchemaVersion":"1.0"}');
      chownSync(file, 65_534, 65_534);
      inventory().publish(settled);
      expect(statSync(file)).toMatchObject({ uid: process.geteuid?.() });
      expect(gather(custom).items.size).toBe(1);
    });

    it('of another name of a file elsewhere, which stays as it is', async () => {
      const victim = join(await temporaryDirectory(), 'victim');
      writeFileSync(victim, 'untouched');
      linkSync(victim, file);
      inventory().publish(settled);
      expect(readFileSync(victim, 'utf8')).toBe('untouched');
      expect(gather(custom).items.size).toBe(1);
    });

    it('of a pipe, for whose reader nobody waits', () => {
      execFileSync('mkfifo', [file]);
      inventory().publish(settled);
      expect(gather(custom).items.size).toBe(1);
    });

    it('but not of a directory', () => {
      mkdirSync(file);
      inventory().publish(settled);
      expect(readdirSync(custom)).toEqual(['ecs-privatelinkd.json']);
      expect(told).toEqual([expect.stringMatching(/ssm-inventory-unwritable: .* cannot be written: EISDIR/)]);
    });
  });

  it.runIf(canFillDisk)(
    'says once that the disk is full, keeps the old record, and goes on when there is room',
    () => {
      expect(onFullDisk('ssm-inventory')).toEqual({
        told: ['problem ssm-inventory-unwritable', 'problem-cleared ssm-inventory-unwritable'],
        phases: ['settled', 'blocked'],
        names: ['ecs-privatelinkd.json'],
      });
    },
  );

  it.runIf(canFillDisk)('says once that it may not write, and goes on when it may', () => {
    expect(onFullDisk('ssm-inventory-read-only')).toEqual({
      told: ['problem ssm-inventory-unwritable', 'problem-cleared ssm-inventory-unwritable'],
      phases: ['settled', 'blocked'],
      names: ['ecs-privatelinkd.json'],
    });
  });
});
