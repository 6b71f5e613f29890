import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { tar } from '../../../src/doctor/bundle/tar.ts';
import { canFillDisk, onFullDisk } from '../kit/full-disk.ts';
import { writeBundleOf } from './bundle-stage.ts';

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** Its files by their names. */
async function archiveOf(logs: { readonly agent: string; readonly journal: string }) {
  const directory = mkdtempSync(join(tmpdir(), 'ecs-privatelinkd-bundle-'));
  directories.push(directory);
  const agentLog = join(directory, 'ecs-agent.log');
  writeFileSync(agentLog, logs.agent);
  await writeBundleOf({ path: join(directory, 'a.tar.gz'), agentLog, journal: logs.journal });
  execFileSync('tar', ['-xzf', 'a.tar.gz', '--strip-components=1'], { cwd: directory });
  return (name: string) => readFileSync(join(directory, name), 'utf8');
}

describe('the archive', () => {
  it('has nothing in it that the terminal of who reads it would obey', async () => {
    const hostile = 'a\u001b]0;title\u0007b\u009bc\u0000d\u202ee\tf\r\ng\n';
    const read = await archiveOf({ agent: hostile, journal: hostile });
    const shown = 'a\\u001b]0;title\\u0007b\\u009bc\\u0000d\\u202ee\tf\\u000d\ng\n';
    expect(['ecs-agent.log', 'daemon.log'].map(read)).toEqual([shown, shown]);
  });

  it('begins the agent’s log with a whole line, lest the name of a secret be cut off', async () => {
    const end = `${'line\n'.repeat(13_000)}last\n`;
    // The tail begins in the value, behind its name.
    const secret = 'hunter2hunter2hunter2';
    const agent = `PASSWORD=${secret}${'x'.repeat(65_536 - end.length - secret.length - 1)}\n${end}`;
    const read = await archiveOf({ agent, journal: '' });
    expect(read('ecs-agent.log')).toBe(end);
    const whole = await archiveOf({ agent: 'first\nlast\n', journal: '' });
    expect(whole('ecs-agent.log')).toBe('first\nlast\n');
    const oneLine = await archiveOf({ agent: 'x'.repeat(70_000), journal: '' });
    expect(oneLine('ecs-agent.log')).toBe('');
  });

  it.runIf(canFillDisk)(
    'is not left half written on a full disk, where it would be in the way of the next',
    () => {
      expect(onFullDisk('support-bundle')).toEqual({ code: 'ENOSPC', names: ['filler'] });
    },
  );

  it('is one that tar reads back', () => {
    const directory = mkdtempSync(join(tmpdir(), 'ecs-privatelinkd-tar-'));
    directories.push(directory);
    const entries = [
      { path: 'case/empty.txt', content: '' },
      { path: 'case/exact.txt', content: 'x'.repeat(512) },
      { path: 'case/words.txt', content: 'mit Umlaut: ü\n'.repeat(100) },
    ];
    writeFileSync(join(directory, 'a.tar'), tar(entries, Date.UTC(2026, 0, 2)));
    execFileSync('tar', ['-xf', 'a.tar'], { cwd: directory });
    for (const { path, content } of entries) {
      expect(readFileSync(join(directory, path), 'utf8')).toBe(content);
    }
  });
});
