import {
  appendFileSync,
  chownSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createDockerdReader } from '../../../src/agent/dockerd.ts';
import { temporaryDirectories } from '../kit/temporary-directory.ts';

describe('the settings of dockerd', () => {
  const newDirectory = temporaryDirectories();
  let procDir: string;
  let socketPath: string;
  let nowMonoMs: number;
  /** When its process started, in ticks of 10 ms since boot. */
  const startTicks = 44_000;

  beforeEach(async () => {
    const directory = await newDirectory();
    procDir = join(directory, 'proc');
    socketPath = join(directory, 'docker.sock');
    // It started an hour from now, so that every file here is older.
    nowMonoMs = startTicks * 10 - 3_600_000;
    writeFileSync(socketPath, '');
    mkdirSync(join(procDir, 'self/net'), { recursive: true });
    writeFileSync(
      join(procDir, 'self/net/unix'),
      `Num       RefCount Protocol Flags    Type St Inode Path\n0: 00000002 00000000 00010000 0001 01 777 ${socketPath}\n`,
    );
    startProcess(100, 'dockerd', 777);
  });

  function startProcess(pid: number, comm: string, inode: number, ticks = startTicks): void {
    const process = join(procDir, String(pid));
    mkdirSync(join(process, 'fd'), { recursive: true });
    mkdirSync(join(process, `task/${pid}`), { recursive: true });
    mkdirSync(join(process, 'root/etc/docker'), { recursive: true });
    writeFileSync(join(process, `task/${pid}/children`), '');
    writeFileSync(join(process, 'stat'), `${pid} (${comm}) S ${Array(18).fill('1').join(' ')} ${ticks} 0`);
    writeFileSync(join(process, 'cmdline'), ['/usr/bin/dockerd', '--dns-opt=rotate', ''].join('\0'));
    symlinkSync(`socket:[${inode}]`, join(process, 'fd/3'));
  }

  function addListener(inode: number): void {
    const line = `1: 00000002 00000000 00010000 0001 01 ${inode} ${socketPath}\n`;
    appendFileSync(join(procDir, 'self/net/unix'), line);
  }

  const daemonJson = (pid: number) => join(procDir, `${pid}/root/etc/docker/daemon.json`);
  const now = () => ({ wallMs: Date.now(), monoMs: nowMonoMs });
  const reader = () =>
    createDockerdReader({ procDir, socketPath, clock: { now, sleep: () => Promise.resolve() } });

  it('are those of the process that listens at the socket, read once', () => {
    startProcess(50, 'dockerd', 778);
    startProcess(60, 'impostor', 777);
    writeFileSync(daemonJson(100), '{"dns": ["10.0.0.53"]}');
    const read = reader();
    const seen = read();
    expect(seen).toMatchObject({
      dns: { nameservers: ['10.0.0.53'], options: ['rotate'] },
      doubt: undefined,
    });
    writeFileSync(daemonJson(100), '{"dns": ["10.0.0.54"]}');
    expect(read()).toBe(seen);
    writeFileSync(join(procDir, '100/stat'), `100 (dockerd) S ${Array(18).fill('1').join(' ')} 44001 0`);
    expect(read().dns?.nameservers).toEqual(['10.0.0.54']);
  });

  // In a name space of mounts of their own anybody has a path /run/docker.sock, and the table of sockets shows it.
  it.runIf(process.geteuid?.() === 0)(
    'are not those of a process of another user at a path of that name',
    () => {
      addListener(778);
      startProcess(10, 'dockerd', 778);
      writeFileSync(daemonJson(10), '{"dns": ["198.51.100.66"]}');
      chownSync(join(procDir, '10'), 65_534, 65_534);
      expect(reader()()).toMatchObject({ dns: { nameservers: [] }, doubt: undefined });
    },
  );

  it('are in doubt where it ends while they are read, and read again from the next', () => {
    let readings = 0;
    const end = () => {
      readings += 1;
      if (readings === 1) rmSync(join(procDir, '100'), { recursive: true });
      return now();
    };
    const read = createDockerdReader({
      procDir,
      socketPath,
      clock: { now: end, sleep: () => Promise.resolve() },
    });
    expect(read()).toMatchObject({ dns: undefined, doubt: expect.stringContaining('dockerd has ended') });
    startProcess(101, 'dockerd', 777);
    writeFileSync(daemonJson(101), '{"dns": ["10.0.0.53"]}');
    expect(read()).toMatchObject({ dns: { nameservers: ['10.0.0.53'] }, doubt: undefined });
  });

  it('are in doubt where several listen at a path of that name, as in a container on the host’s network', () => {
    addListener(778);
    startProcess(50, 'dockerd', 778);
    writeFileSync(daemonJson(50), '{"dns": ["198.51.100.66"]}');
    const { dns, doubt } = reader()();
    expect(dns).toBeUndefined();
    expect(doubt).toMatch(/: several processes of that name \((?:50, 100|100, 50)\) listen at /);
  });

  it('are in doubt once daemon.json has changed after its start, whatever time the file is given', () => {
    writeFileSync(daemonJson(100), '{"dns": ["10.0.0.53"]}');
    utimesSync(daemonJson(100), 0, 0);
    nowMonoMs = startTicks * 10 + 60_000;
    expect(reader()()).toMatchObject({ dns: { nameservers: ['10.0.0.53'] } });
    expect(reader()().doubt).toContain('/etc/docker/daemon.json was changed after dockerd started');
  });

  it('are in no doubt where the clock alone was set back after its start', () => {
    writeFileSync(daemonJson(100), '{"dns": ["10.0.0.53"]}');
    mkdirSync(join(procDir, '100/root/run'));
    const pidFile = join(procDir, '100/root/run/docker.pid');
    writeFileSync(pidFile, '100');
    nowMonoMs = startTicks * 10 + 60_000;
    expect(reader()().doubt).toBeUndefined();
    utimesSync(pidFile, 0, Date.now() / 1000 - 60);
    expect(reader()().doubt).toContain('was changed after dockerd started');
  });

  it.each(['{', '{"dns": 1}'])('are in doubt where daemon.json is %s', (text) => {
    writeFileSync(daemonJson(100), text);
    expect(reader()()).toMatchObject({ dns: undefined });
    expect(reader()().doubt).toContain('cannot be used');
  });

  it('are in doubt where no dockerd listens there, and looked for again a minute later', () => {
    writeFileSync(join(procDir, 'self/net/unix'), '');
    const read = reader();
    expect(read().doubt).toContain('no process named dockerd');
    writeFileSync(
      join(procDir, 'self/net/unix'),
      `0: 00000002 00000000 00010000 0001 01 777 ${socketPath}\n`,
    );
    nowMonoMs += 59_000;
    expect(read().dns).toBeUndefined();
    nowMonoMs += 1_000;
    expect(read().dns).toBeDefined();
  });
});
