import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import {
  copyFile,
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { buildSync } from 'esbuild';
import { afterEach, describe, expect, it } from 'vitest';
import { lockHolder, takeInstanceLock } from '../../../src/daemon/single-instance.ts';
import { errorCodeOf } from '../../../src/kit/problem.ts';
import { temporaryDirectories } from '../kit/temporary-directory.ts';

function take(runDir: string, procDir = '/proc') {
  const taken = takeInstanceLock(runDir, procDir, 'run');
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
    expect(lockHolder(runDir, '/proc')).toBeUndefined();
    const lock = take(runDir);
    expect(takeInstanceLock(runDir, '/proc', 'restart')).toEqual({
      holder: { pid: process.pid, command: 'run' },
    });
    expect(lockHolder(runDir, '/proc')).toEqual({ pid: process.pid, command: 'run' });
    lock.release();
    expect(lockHolder(runDir, '/proc')).toBeUndefined();
    take(runDir).release();
  });

  it('leaves one file, however often it changes hands', async () => {
    const runDir = await temporaryDirectory();
    for (let round = 0; round < 12; round += 1) take(runDir).release();
    take(runDir);
    expect(await readdir(runDir)).toEqual(['daemon.13.pid']);
    expect(await readFile(join(runDir, 'daemon.13.pid'), 'utf8')).toMatch(
      new RegExp(`^${process.pid} \\d+ run\n$`),
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
    expect(lockHolder(runDir, '/proc')).toBeUndefined();
    take(runDir);
    expect(lockHolder(runDir, '/proc')).toEqual({ pid: process.pid, command: 'run' });
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
    expect(lockHolder(runDir, procDir)).toBeUndefined();
    take(runDir, procDir);
  });

  it('the highest number counts', async () => {
    const runDir = await temporaryDirectory();
    const lock = take(runDir);
    await writeFile(join(runDir, 'daemon.10.pid'), '4194305 100');
    expect(lockHolder(runDir, '/proc')).toBeUndefined();
    lock.release();
  });

  it('says why the directory cannot be used', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'file'), '');
    expect(() => takeInstanceLock(join(directory, 'file'), '/proc', 'run')).toThrow(
      expect.objectContaining({
        code: 'EEXIST',
      }),
    );
    expect(lockHolder(join(directory, 'file'), '/proc')).toBeUndefined();
  });

  interface Starter {
    readonly child: ChildProcess;
    /** `ready`, then (once told to go) `taken` or `held`. */
    readonly line: () => Promise<string | undefined>;
    readonly go: () => void;
  }

  /** Processes that take the lock of a directory when told to, and then live on. */
  async function starters(count: number, runDir: string): Promise<readonly Starter[]> {
    const program = join(await temporaryDirectory(), 'starter.mjs');
    buildSync({
      stdin: {
        contents: `
          import { takeInstanceLock } from './single-instance.ts';
          process.stdout.write('ready\\n');
          process.stdin.once('data', async () => {
            const taken = takeInstanceLock(process.argv[2], '/proc', 'run');
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
    const started = Array.from({ length: count }, () => {
      const child = spawn(process.execPath, [program, runDir], { stdio: ['pipe', 'pipe', 'inherit'] });
      children.push(child);
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
      const line = async () => (await lines.next()).value;
      return { child, line, go: () => void child.stdin.write('go\n') };
    });
    for (const { line } of started) expect(await line()).toBe('ready');
    return started;
  }

  it('of many processes that start at once, over a stale file, exactly one gets it', async () => {
    for (let round = 0; round < 4; round += 1) {
      const runDir = await temporaryDirectory();
      await writeFile(join(runDir, 'daemon.7.pid'), '4194305 100');
      const started = await starters(8, runDir);
      for (const { go } of started) go();
      const outcomes: unknown[] = [];
      for (const { line } of started) outcomes.push(await line());
      expect(outcomes.filter((outcome) => outcome === 'taken')).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === 'held')).toHaveLength(started.length - 1);
      for (const { child } of started) child.kill('SIGKILL');
    }
  });

  it('is not taken by one that was overtaken between looking and taking', async () => {
    const runDir = await temporaryDirectory();
    const other = await temporaryDirectory();
    take(other);
    // The stale file is a pipe, so that its reader waits for the test.
    const stale = join(runDir, 'daemon.7.pid');
    execFileSync('mkfifo', [stale]);
    const [late] = await starters(1, runDir);
    late?.go();
    const pipe = await openForReader(stale);
    // Meanwhile somebody else has had number 8, and this process has taken 9 and cleared away what was before.
    await copyFile(join(other, 'daemon.1.pid'), join(runDir, 'daemon.9.pid'));
    await unlink(stale);
    await pipe.writeFile('4194305 100');
    await pipe.close();
    expect(await late?.line()).toBe('held');
    expect(lockHolder(runDir, '/proc')).toEqual({ pid: process.pid, command: 'run' });
  });
});

/** Opens a pipe for writing as soon as somebody reads it. */
async function openForReader(path: string): Promise<FileHandle> {
  for (let tries = 0; tries < 1_000; tries += 1) {
    try {
      return await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if (errorCodeOf(error) !== 'ENXIO') throw error;
      await delay(10);
    }
  }
  throw new Error('nobody reads the pipe');
}
