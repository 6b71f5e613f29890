import { execFileSync } from 'node:child_process';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeStatus } from '../../../src/report/status-file.ts';
import { readStatus, UnreadableStatusError } from '../../../src/report/status-reader.ts';
import { version } from '../../../src/version.ts';
import { temporaryDirectories } from '../kit/temporary-directory.ts';
import { Story } from '../reconcile/story.ts';
import { statusOf } from './stage.ts';

describe('the status file', () => {
  const temporaryDirectory = temporaryDirectories();

  it('comes back as it was written; all may read it', async () => {
    const runDir = join(await temporaryDirectory(), 'run');
    expect(readStatus(runDir)).toBeUndefined();
    const story = new Story();
    story.look();
    writeStatus(runDir, statusOf(story));
    expect(readStatus(runDir)).toEqual(statusOf(story));
    expect((await stat(join(runDir, 'status.json'))).mode & 0o777).toBe(0o644);
    expect(await readdir(runDir)).toEqual(['status.json']);
  });

  it('that cannot be read or written is an error', async () => {
    const runDir = await temporaryDirectory();
    await writeFile(join(runDir, 'status.json'), '{}');
    const under = join(runDir, 'status.json');
    expect(() => readStatus(under)).toThrow(UnreadableStatusError);
    expect(() => writeStatus(under, statusOf(new Story()))).toThrow(
      expect.objectContaining({ code: 'ENOTDIR' }),
    );
  });

  async function readingOf(content: string | object): Promise<string> {
    const runDir = await temporaryDirectory();
    await writeFile(
      join(runDir, 'status.json'),
      typeof content === 'string' ? content : JSON.stringify(content),
    );
    try {
      throw new Error(`was taken: ${JSON.stringify(readStatus(runDir))}`);
    } catch (thrown) {
      if (!(thrown instanceof UnreadableStatusError)) throw thrown;
      return `${thrown.message} ${thrown.problem.advice}`.replace(`${runDir}/`, '');
    }
  }

  const whole = statusOf(new Story());
  const byAnother = { ...whole.daemon, version: '9.8.7' };

  it.each([
    ['cut short', JSON.stringify(whole).slice(0, -20), 'it is truncated or invalid JSON.'],
    ['empty', '', 'it is truncated or invalid JSON.'],
    ['a list', '[]', 'it is no status of ecs-privatelinkd.'],
    ['null', 'null', 'it is no status of ecs-privatelinkd.'],
    ['something else', { version: 1, name: 'x' }, 'it is no status of ecs-privatelinkd.'],
    [
      'without end',
      ' '.repeat(1024 * 1024 + 1),
      'its 1048577 bytes are more than the 1048576 that it may have.',
    ],
  ])('that is %s is refused in words', async (_, content, why) => {
    expect(await readingOf(content)).toMatch(`status.json cannot be read: ${why} The daemon writes it anew`);
  });

  it('of another form names both forms, both versions, and what to do', async () => {
    expect(await readingOf({ version: 2, daemon: byAnother, phases: [] })).toBe(
      `status.json cannot be read: it was written by ecs-privatelinkd 9.8.7 in form 2, and this one, ${version}, reads ` +
        'form 1. Command and daemon must be of one version: after an upgrade or a downgrade ' +
        '`systemctl restart ecs-privatelinkd` (a restart under way is kept).',
    );
  });

  it('with a field that is not known as it is names the field', async () => {
    const agent = { ...whole.agent, path: 'sideways' };
    expect(await readingOf({ ...whole, daemon: byAnother, agent })).toContain(
      `it was written by ecs-privatelinkd 9.8.7, and agent.path is not what this one, ${version}, knows. Command and`,
    );
    const { agent: _, ...without } = whole;
    expect(await readingOf(without)).toContain('and agent is not what this one');
  });

  it('with a field more, as a later version may have, is taken and keeps it', async () => {
    const runDir = await temporaryDirectory();
    const more = { ...whole, later: { field: 1 } };
    await writeFile(join(runDir, 'status.json'), JSON.stringify(more));
    expect(await readStatus(runDir)).toEqual(more);
  });

  it('that is a pipe is refused, and not waited for', async () => {
    const runDir = await temporaryDirectory();
    execFileSync('mkfifo', [join(runDir, 'status.json')]);
    expect(() => readStatus(runDir)).toThrow('it is not a regular file.');
  });
});
