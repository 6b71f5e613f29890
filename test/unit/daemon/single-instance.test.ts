import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, open, readdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildSync } from 'esbuild';
import { afterEach, describe, expect, it } from 'vitest';
import { lockHolder, takeInstanceLock } from '../../../src/daemon/single-instance.ts';
import { temporaryDirectories } from '../system/temporary-directory.ts';

async function take(runDir: string, procDir = '/proc') {
  const taken = await takeInstanceLock(runDir, procDir);
  if (!('lock' in taken)) throw new Error(`held by ${taken.holder.pid}`);
  return taken.lock;
}

describe('the lock of the one daemon', () => {
  const temporaryDirectory = temporaryDirectories();
  const children: ChildProcess[] = [];

  afterEach(async () => {
    for (const child of children.splice(0)) {
      const gone = child.exitCode === null && child.signalCode === null && once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
  });

  it('is held until it is released, and tells who has it', async () => {
    const runDir = join(await temporaryDirectory(), 'run');
    expect(await lockHolder(runDir, '/proc')).toBeUndefined();
    const lock = await take(runDir);
    expect(await takeInstanceLock(runDir, '/proc')).toEqual({ holder: { pid: process.pid } });
    expect(await lockHolder(runDir, '/proc')).toEqual({ pid: process.pid });
    await lock.release();
    expect(await lockHolder(runDir, '/proc')).toBeUndefined();
    await (await take(runDir)).release();
  });

  it('leaves one file, however often it changes hands', async () => {
    const runDir = await temporaryDirectory();
    for (let round = 0; round < 12; round += 1) await (await take(runDir)).release();
    await take(runDir);
    expect(await readdir(runDir)).toEqual(['daemon.13.pid']);
    expect(await readFile(join(runDir, 'daemon.13.pid'), 'utf8')).toMatch(
      new RegExp(`^${process.pid} \\d+\n$`),
    );
  });

  it.each([
    ['of a process that ended', '4194305 100'],
    ['of a pid that another process has by now', `${process.pid} 1`],
    ['cut short', ''],
    ['of no process', '0 0'],
    ['that is garbage', 'x y z'],
  ])('is taken over a file %s', async (_, text) => {
    const runDir = await temporaryDirectory();
    await writeFile(join(runDir, 'daemon.3.pid'), text);
    expect(await lockHolder(runDir, '/proc')).toBeUndefined();
    await take(runDir);
    expect(await lockHolder(runDir, '/proc')).toEqual({ pid: process.pid });
    expect(await readdir(runDir)).toEqual(['daemon.4.pid']);
  });

  it('is taken over a zombie', async () => {
    const runDir = await temporaryDirectory();
    const procDir = await temporaryDirectory();
    const rest = Array(18).fill('0').join(' ');
    for (const [pid, state] of [
      [process.pid, 'S'],
      [77, 'Z'],
    ] as const) {
      await mkdir(join(procDir, `${pid}`));
      await writeFile(join(procDir, `${pid}`, 'stat'), `${pid} (x) ${state} ${rest} 10 0`);
    }
    await writeFile(join(runDir, 'daemon.1.pid'), '77 100');
    expect(await lockHolder(runDir, procDir)).toBeUndefined();
    await take(runDir, procDir);
  });

  it('the highest number counts', async () => {
    const runDir = await temporaryDirectory();
    const lock = await take(runDir);
    await writeFile(join(runDir, 'daemon.10.pid'), '4194305 100');
    expect(await lockHolder(runDir, '/proc')).toBeUndefined();
    await lock.release();
  });

  it('is not taken by one that was overtaken between looking and taking', async () => {
    const runDir = await temporaryDirectory();
    const other = await temporaryDirectory();
    await take(other);
    // The stale file is a pipe, so that its reader waits for the test.
    const stale = join(runDir, 'daemon.7.pid');
    execFileSync('mkfifo', [stale]);
    const taken = takeInstanceLock(runDir, '/proc');
    const pipe = await open(stale, 'w');
    // Meanwhile somebody else has had number 8, and then this process has taken 9 and cleared away what was before.
    await copyFile(join(other, 'daemon.1.pid'), join(runDir, 'daemon.9.pid'));
    await unlink(stale);
    await pipe.writeFile('4194305 100');
    await pipe.close();
    expect(await taken).toEqual({ holder: { pid: process.pid } });
    expect(await readdir(runDir)).toEqual(['daemon.9.pid']);
  });

  it('says why the directory cannot be used', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'file'), '');
    await expect(takeInstanceLock(join(directory, 'file'), '/proc')).rejects.toMatchObject({
      code: 'EEXIST',
    });
    expect(await lockHolder(join(directory, 'file'), '/proc')).toBeUndefined();
  });

  it('of many processes that start at once, over a stale file, exactly one gets it', async () => {
    const directory = await temporaryDirectory();
    const program = join(directory, 'starter.mjs');
    buildSync({
      stdin: {
        contents: `
          import { takeInstanceLock } from './single-instance.ts';
          process.stdout.write('ready\\n');
          process.stdin.once('data', async () => {
            const taken = await takeInstanceLock(process.argv[2], '/proc');
            process.stdout.write('lock' in taken ? 'taken\\n' : 'held\\n');
          });`,
        resolveDir: join(import.meta.dirname, '../../../src/daemon'),
        loader: 'ts',
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: program,
    });
    for (let round = 0; round < 4; round += 1) {
      const runDir = join(directory, `run-${round}`);
      await mkdir(runDir);
      await writeFile(join(runDir, 'daemon.7.pid'), '4194305 100');
      const starters = Array.from({ length: 8 }, () => {
        const child = spawn(process.execPath, [program, runDir], { stdio: ['pipe', 'pipe', 'inherit'] });
        children.push(child);
        return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator]() };
      });
      for (const { lines } of starters) expect((await lines.next()).value).toBe('ready');
      for (const { child } of starters) child.stdin.write('go\n');
      const outcomes: unknown[] = [];
      for (const { lines } of starters) outcomes.push((await lines.next()).value);
      expect(outcomes.filter((outcome) => outcome === 'taken')).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === 'held')).toHaveLength(starters.length - 1);
      for (const { child } of starters) child.kill('SIGKILL');
    }
  });
});
